/**
 * A CUDA device: one server with the signatures of all steps, the arena that they share, the pool for all else, and the
 * blocks whose free waits for other streams. Its functions are called with its lock held.
 */
#ifndef STOWAGE_CUDA_DEVICE_H
#define STOWAGE_CUDA_DEVICE_H

#include <pthread.h>

#include "cuda_waiting.h"
#include "pool.h"
#include "server.h"

/** What PyTorch's own allocator rounds to. */
#define STOWAGE_CUDA_UNIT 512u
enum { STOWAGE_MOST_ARENAS = 64, STOWAGE_MOST_STREAMS = 64 };

/** Memory that steps are served from: the server's offsets [origin, origin + bytes). */
typedef struct {
  /** NULL: there is none. */
  char *base;
  uint64_t bytes, origin;
  /** Distinguishes it from others that were here before. */
  uint64_t number;
  /** Blocks in it that callers hold. */
  uint32_t live;
  /** A graph was captured in it: it belongs to the graph, which may run at any time, and serves nothing else. */
  bool is_captured;
} stowage_arena;

/** What a stream may still be using of the current arena: all that it freed since the device was last waited for. */
typedef struct {
  const void *stream;
  uint64_t low, high;
} stowage_span;

/** A signature: its plan and what became of its allocations. */
typedef struct {
  stowage_step_plan *plan;
  /** Number of the arena where the server has the plan; 0 for none. */
  uint64_t arena;
  /** Whether the plan was given; steps to pass before its arena is asked for again, and how many next time. */
  bool is_fixed;
  uint32_t pause, next_pause;
  uint64_t counters[STOWAGE_NUM_COUNTERS];
  uint64_t iterations, elsewhere_bytes;
  /** Iterations that had a plan and no arena for it. */
  uint64_t unserved;
  char why[256];
} stowage_cuda_signature;

typedef struct {
  int index;
  pthread_mutex_t lock;
  stowage_server *server;
  stowage_pool *pool;
  stowage_waiting waiting;
  stowage_arena arenas[STOWAGE_MOST_ARENAS];
  /** The arena that steps are served from, or NULL. */
  stowage_arena *current;
  uint64_t num_arenas;
  stowage_span spans[STOWAGE_MOST_STREAMS];
  uint32_t num_spans;
  stowage_cuda_signature *signatures;
  uint32_t num_signatures;
  /** Steps begun. The present one: how many are open, one within the other; its signature; its streams as they appeared. */
  uint64_t steps;
  uint32_t depth, signature;
  const void *streams[STOWAGE_MOST_STREAMS];
  uint32_t num_streams;
  /** Whether the server has not begun it: there is no arena. */
  bool is_unserved;
  uint64_t counters_before[STOWAGE_NUM_COUNTERS];
  /** Times the device was waited for, since another stream was to have bytes of the arena. */
  uint64_t waits;
} stowage_cuda_device;

/** NULL where memory of the host is short. */
stowage_cuda_device *stowage_cuda_device_new(int index, const stowage_server_options *);
/** NULL where memory of the host is short. */
stowage_cuda_signature *stowage_cuda_signature_of(stowage_cuda_device *, uint32_t number);

/** A step begins. @returns whether a plan serves it; `is_capturing`: a graph is captured now, no memory can be had */
bool stowage_cuda_step_begin(stowage_cuda_device *, uint32_t signature, bool is_capturing);
/** It ends, and a plan that it wants is made. @returns whether there is a new one, for which the next step has an arena */
bool stowage_cuda_step_end(stowage_cuda_device *, bool is_cancelled);

/** A block of at least one byte; NULL where there is none: `why` then is what the user is to read. */
void *stowage_cuda_device_malloc(stowage_cuda_device *, uint64_t bytes, void *stream, char *why, size_t room);
void stowage_cuda_device_free(stowage_cuda_device *, void *block, uint64_t bytes, void *stream);
/** Gives cached memory back to the device. */
void stowage_cuda_device_trim(stowage_cuda_device *);
/** Bytes of arenas that no step is served from: with blocks in use, and of graphs. */
void stowage_cuda_device_arenas(const stowage_cuda_device *, uint64_t *retired, uint64_t *captured);

#endif
