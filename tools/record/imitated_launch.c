/*
 * Work of the imitated device (`imitated_cuda.c`): kernels, copies and cuBLAS that do nothing. So whole models run on PyTorch's
 * compiled CUDA backend, with every allocation that they make; what comes back from the device is zero.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct extent {
  unsigned x, y, z;
};

#define NOTHING(name) \
  int name(void) { return 0; }

/* --- Kernels --- */

NOTHING(cudaLaunchKernel)
NOTHING(cudaLaunchKernelExC)
NOTHING(__cudaLaunchKernel)
NOTHING(__cudaPushCallConfiguration)
NOTHING(cudaFuncSetAttribute)
NOTHING(cudaKernelSetAttributeForDevice)
NOTHING(cudaStreamAddCallback)
NOTHING(cudaProfilerStart)
NOTHING(cudaProfilerStop)

int __cudaPopCallConfiguration(struct extent *grid, struct extent *block, size_t *shared_bytes, void **stream) {
  *grid = *block = (struct extent){1, 1, 1};
  return *shared_bytes = 0, *stream = NULL, 0;
}
int __cudaGetKernel(void **kernel, const void *function) { return *kernel = (void *)function, 0; }
/* Fields of `cudaFuncAttributes` are limits of which callers take a minimum. */
int cudaFuncGetAttributes(int *attributes, const void *function) {
  for (int i = 0; i < 16; i++) attributes[i] = 1024;
  return (void)function, 0;
}
int cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks) { return *blocks = 4, 0; }
int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks) { return *blocks = 4, 0; }

/* --- Copies: only the host's side has memory --- */

enum { TO_HOST = 2, EITHER = 4 };
/* Addresses of `imitated_cuda.c` are below those of any process's memory, but for a program at a fixed address. */
static int is_of_device(const void *address) {
  return (size_t)address >= 0x200000000000 && (size_t)address < 0x500000000000;
}
int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) {
  if (kind == TO_HOST || (kind == EITHER && is_of_device(from) && !is_of_device(to))) memset(to, 0, bytes);
  return 0;
}
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind) { return cudaMemcpy(to, from, bytes, kind); }
NOTHING(cudaMemset)
NOTHING(cudaMemsetAsync)
NOTHING(cudaMemcpyToSymbol)
NOTHING(cudaMemcpyPeerAsync)
NOTHING(cudaHostRegister)
NOTHING(cudaHostUnregister)
int cudaHostAlloc(void **pointer, size_t bytes, unsigned flags) {
  return (void)flags, (*pointer = malloc(bytes)) ? 0 : 2;
}
int cudaMallocHost(void **pointer, size_t bytes) { return cudaHostAlloc(pointer, bytes, 0); }
int cudaFreeHost(void *pointer) { return free(pointer), 0; }
/* The first field is the kind of memory: 1 for the host's, 2 for the device's. */
int cudaPointerGetAttributes(int *attributes, const void *pointer) {
  memset(attributes, 0, 32);
  return attributes[0] = is_of_device(pointer) ? 2 : 0, 0;
}

/* --- cuBLAS --- */

static long handle[64];
int cublasCreate_v2(void **to) { return *to = handle, 0; }
int cublasLtCreate(void **to) { return *to = handle, 0; }
int cublasGetMathMode(void *of, int *mode) { return (void)of, *mode = 0, 0; }
int cublasGetPointerMode_v2(void *of, int *mode) { return (void)of, *mode = 0, 0; }
int cublasGetVersion_v2(void *of, int *version) { return (void)of, *version = 120405, 0; }
int cublasLtMatmulAlgoGetHeuristic(void *of, void *work, void *a, void *b, void *c, void *d, void *preference, int most,
                                   void *results, int *found) {
  (void)of, (void)work, (void)a, (void)b, (void)c, (void)d, (void)preference, (void)most, (void)results;
  return *found = 1, 0;
}
NOTHING(cublasDestroy_v2)
NOTHING(cublasSetStream_v2)
NOTHING(cublasSetWorkspace_v2)
NOTHING(cublasSetMathMode)
NOTHING(cublasSetPointerMode_v2)
NOTHING(cublasSetSmCountTarget)
NOTHING(cublasSgemm_v2)
NOTHING(cublasGemmEx)
NOTHING(cublasSgemmStridedBatched)
NOTHING(cublasGemmStridedBatchedEx)
NOTHING(cublasSgemv_v2)
NOTHING(cublasSgemmEx)
NOTHING(cublasSdot_v2)
NOTHING(cublasDotEx)
NOTHING(cublasLtDestroy)
NOTHING(cublasLtMatmul)
NOTHING(cublasLtMatmulDescCreate)
NOTHING(cublasLtMatmulDescDestroy)
NOTHING(cublasLtMatmulDescSetAttribute)
NOTHING(cublasLtMatmulPreferenceCreate)
NOTHING(cublasLtMatmulPreferenceDestroy)
NOTHING(cublasLtMatmulPreferenceSetAttribute)
NOTHING(cublasLtMatrixLayoutCreate)
NOTHING(cublasLtMatrixLayoutDestroy)
NOTHING(cublasLtMatrixLayoutSetAttribute)
