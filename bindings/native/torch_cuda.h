/**
 * What PyTorch and Python call on CUDA: the functions of a `torch.cuda.memory.CUDAPluggableAllocator`, steps, figures. Texts go to
 * `why`, at most `room` bytes.
 */
#ifndef STOWAGE_TORCH_CUDA_H
#define STOWAGE_TORCH_CUDA_H

#include <sys/types.h>

#include "server.h"

/** Finds libcudart. @returns 1; 0, with `why`, where there is none: nothing can be served then */
STOWAGE_API int stowage_cuda_enable(char *why, size_t room);
/** For devices that come new: iterations that warm up, nodes that planning spends (0: the planner's limit). */
STOWAGE_API void stowage_cuda_settings(uint32_t warm, uint64_t node_limit);

/** NULL for 0 bytes. Throws where there is no memory: see `stowage_cuda_throw`. */
STOWAGE_API void *stowage_cuda_malloc(ssize_t bytes, int device, void *stream);
STOWAGE_API void stowage_cuda_free(void *block, ssize_t bytes, int device, void *stream);
/** Work that the stream has been told so far uses the block: it waits for that when it is freed. */
STOWAGE_API void stowage_cuda_record_stream(void *block, void *stream);
/** Gives cached memory of all devices back. */
STOWAGE_API void stowage_cuda_empty_cache(void);

/** A step of the device begins. @returns 1 where a plan serves it, 0 where none does, −1 where it is part of another */
STOWAGE_API int stowage_cuda_begin(int device, uint32_t signature, int is_capturing);
/** It ends; by an error: nothing is learned of it. @returns 1 where it has a new plan */
STOWAGE_API int stowage_cuda_end(int device, int is_cancelled);
/** A given plan for a signature of a device. It is kept as long as needed. @returns whether it is taken */
STOWAGE_API int stowage_cuda_install(int device, uint32_t signature, stowage_step_plan *);

/** Of a signature on a device. */
typedef struct {
  uint64_t counters[STOWAGE_NUM_COUNTERS];
  /** Bytes of the plan, those that none can undercut, and bytes asked for in iterations and served from the pool. */
  uint64_t peak, lower_bound, elsewhere_bytes;
  /** Iterations; those that had a plan but no arena. */
  uint64_t iterations, unserved;
  uint32_t has_plan, is_optimal;
  /** Why the last plan was not made or not served; empty where it was. */
  char why[256];
} stowage_cuda_counts;
/** @returns 0 where the device has not run it */
STOWAGE_API int stowage_cuda_stats(int device, uint32_t signature, stowage_cuda_counts *);

/** Of a device, in bytes where not said otherwise. */
typedef struct {
  /** Arenas: that steps are served from; with blocks that outlived theirs; of graphs. */
  uint64_t arena, retired, captured;
  /** Segments of the pool, and blocks in use in them. */
  uint64_t pool, elsewhere;
  /** Of the device, as CUDA counts, by all processes; and all that it has. */
  uint64_t used, total;
  /** Numbers: frees that waited for another stream, blocks that wait now, blocks of the arenas in use, waits for the device. */
  uint64_t waiting_frees, waiting, live, waits;
} stowage_cuda_figures;
/** @returns 0 where nothing was allocated on the device */
STOWAGE_API int stowage_cuda_device_stats(int device, stowage_cuda_figures *);
/** Copies the last recording of a signature. @returns its rows, of which at most `most` are copied */
STOWAGE_API uint32_t stowage_cuda_recorded(int device, uint32_t signature, stowage_row *rows, uint32_t most);

#endif
