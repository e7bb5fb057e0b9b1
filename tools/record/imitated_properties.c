/*
 * The properties of the imitated device (`imitated_cuda.c`): those that PyTorch's kernels and cuBLAS read, of an H100. They are
 * written by their offsets in `cudaDeviceProp`, since CUDA's headers are not needed here: its layout is one for
 * `cudaGetDeviceProperties_v2` of CUDA 12 and one for `cudaGetDeviceProperties` of CUDA 13.
 */
#include <stddef.h>
#include <string.h>

extern int cudaMemGetInfo(size_t *free_bytes, size_t *total);

enum { TOTAL_BYTES = 288, SHARED_PER_BLOCK = 296, TEXTURE_ALIGNMENT = 368, BYTES_12 = 1032, BYTES_13 = 1008 };

/* Fields of type int: their value, and their offset in CUDA 12 and 13. */
static const struct {
  int value, offset_12, offset_13;
} FIELDS[] = {
    {65536, 304, 304},      /* regsPerBlock */
    {32, 308, 308},         /* warpSize */
    {1024, 320, 320},       /* maxThreadsPerBlock */
    {1024, 324, 324},       /* maxThreadsDim */
    {1024, 328, 328},       {64, 332, 332},
    {2147483647, 336, 336}, /* maxGridSize */
    {65535, 340, 340},      {65535, 344, 344},
    {9, 360, 360},          /* major */
    {132, 388, 384},        /* multiProcessorCount */
    {50 << 20, 616, 596},   /* l2CacheSize */
    {2048, 624, 604},       /* maxThreadsPerMultiProcessor */
    {65536, 648, 632},      /* regsPerMultiprocessor */
    {32, 712, 688},         /* maxBlocksPerMultiProcessor */
};

static void put_size(unsigned char *properties, int offset, size_t value) {
  memcpy(properties + offset, &value, sizeof value);
}

static int fill(unsigned char *properties, int is_13) {
  size_t free_bytes, total;
  cudaMemGetInfo(&free_bytes, &total);
  memset(properties, 0, is_13 ? BYTES_13 : BYTES_12);
  strcpy((char *)properties, "imitated");
  put_size(properties, TOTAL_BYTES, total);
  put_size(properties, SHARED_PER_BLOCK, 49152);
  put_size(properties, TEXTURE_ALIGNMENT, 512);
  put_size(properties, is_13 ? 624 : 640, 233472); /* sharedMemPerMultiprocessor */
  put_size(properties, is_13 ? 672 : 696, 232448); /* sharedMemPerBlockOptin */
  for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
    memcpy(properties + (is_13 ? FIELDS[i].offset_13 : FIELDS[i].offset_12), &FIELDS[i].value, sizeof(int));
  return 0;
}

int cudaGetDeviceProperties(void *to, int device) { return (void)device, fill(to, 1); }
int cudaGetDeviceProperties_v2(void *to, int device) { return (void)device, fill(to, 0); }
