/** The unit of CUDA's caching allocators (c10/cuda/CUDACachingAllocator.cpp, `kMinBlockSize`). */
const CUDA_UNIT = 512;

/** Bytes that the allocator takes for so many, without settings. */
export const roundUp = (bytes: number): number => Math.ceil(bytes / CUDA_UNIT) * CUDA_UNIT;
