/*
 * What NVIDIA's headers include and the wheels of the CUDA runtime do not have: the compiler's words, empty for a host
 * compiler. Only for compiling our declarations against the real headers.
 */
#ifndef REAL_HEADERS_HOST_DEFINES_H
#define REAL_HEADERS_HOST_DEFINES_H
#define __host__
#define __device__
#define __global__
#define __shared__
#define __constant__
#define __managed__
#define __no_return__ __attribute__((noreturn))


#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(n) __align__(n)

#define __location__(a)
#define __device_builtin__
#define __device_builtin_texture_type__
#define __device_builtin_surface_type__
#define __cudart_builtin__
#define CUDARTAPI
#define CUDARTAPI_CDECL
#define CUDAAPI
#define __cluster_dims__(...)
#define __grid_constant__
#define __maxnreg__(a)
#define __launch_bounds__(...)
#endif
