/* Stands in for the CUDA runtime's header of this name, of which nvjpeg.h needs one type. For the signature test. */
#pragma once
#include <stddef.h>
typedef struct CUstream_st* cudaStream_t;
