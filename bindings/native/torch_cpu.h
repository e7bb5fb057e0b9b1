/** What Python calls of the CPU's side. Texts go to `why`, at most `room` bytes. */
#ifndef STOWAGE_TORCH_CPU_H
#define STOWAGE_TORCH_CPU_H

#include "server.h"

/**
 * Puts the hooks in front of the functions `alloc` and `release` (NULL: looked up). @param cap bytes of all arenas together
 * @returns 1; 0, with `why`, where it cannot: nothing is served then
 */
STOWAGE_API int stowage_cpu_enable(void *alloc, void *release, uint64_t cap, char *why, size_t room);
/** Counts calls of the hooks, from on to off: whether PyTorch reaches them. */
STOWAGE_API void stowage_cpu_probe(int is_on, uint32_t *allocs, uint32_t *frees);
/** For signatures that come new: iterations that warm up, nodes that planning spends (0: the planner's limit). */
STOWAGE_API void stowage_cpu_settings(uint32_t warm, uint64_t node_limit);

/** An iteration of this thread begins. @returns 1 where a plan serves it, 0 where none does, −1 where it is part of another */
STOWAGE_API int stowage_cpu_begin(uint32_t signature);
/** It ends; by an error: nothing is learned of it. @returns 1 where a new plan serves the next one */
STOWAGE_API int stowage_cpu_end(int is_cancelled);

/** A given plan for threads and signatures that have none yet; it is kept as long as needed. @returns whether it is taken */
STOWAGE_API int stowage_cpu_install(uint32_t signature, stowage_step_plan *);

/** Of a signature, summed over threads; the peak is the largest. */
typedef struct {
  uint64_t counters[STOWAGE_NUM_COUNTERS];
  uint64_t peak, lower_bound, arena_bytes, elsewhere_bytes;
  /** Iterations that a plan served. */
  uint64_t iterations;
  uint32_t is_optimal, live;
  /** Why the last plan was not made or not served, or why some thread got no arena; else empty. */
  char why[256];
} stowage_cpu_counts;
/** @returns threads that have served or recorded it; figures of other threads are of their last iteration */
STOWAGE_API int stowage_cpu_stats(uint32_t signature, stowage_cpu_counts *);
/** Copies the last recording of a signature. @returns its rows, of which at most `most` are copied */
STOWAGE_API uint32_t stowage_cpu_recorded(uint32_t signature, stowage_row *rows, uint32_t most);

#endif
