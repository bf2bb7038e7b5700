/* What the codec libraries' headers include; the wheels' own also wants nvcc's headers. */
#include <cuda_runtime_api.h>
