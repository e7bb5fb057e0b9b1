/**
 * Blocks that streams other than their own have used (`record_stream`), and those of them that are freed and wait until these
 * streams have done what they were told before the free.
 */
#ifndef STOWAGE_CUDA_WAITING_H
#define STOWAGE_CUDA_WAITING_H

#include <stdbool.h>
#include <stdint.h>

/** A use of a block by another stream; once the block is freed, with the event to wait for. */
typedef struct {
  void *block, *stream, *event;
  /** Freed blocks are numbered in the order of their frees; 0 while in use. */
  uint64_t number;
  /** Whether there is nothing to wait for. */
  bool is_done;
} stowage_use;

typedef struct {
  /** Of blocks in use. */
  stowage_use *uses;
  uint32_t num_uses, max_uses;
  /** Of freed blocks, oldest first. */
  stowage_use *frees;
  uint32_t num_frees, max_frees;
  /** Blocks among the frees; frees that ever waited. */
  uint32_t num_blocks;
  uint64_t total;
  /** Events that may be recorded again. */
  void **events;
  uint32_t num_events, max_events;
} stowage_waiting;

/** Notes a use. Without memory of the host it waits for the device at once. */
void stowage_waiting_use(stowage_waiting *, int device, void *block, void *stream);
/** A block is freed. @returns whether it has to wait; the caller then releases it when `stowage_waiting_next` says so */
bool stowage_waiting_free(stowage_waiting *, int device, void *block, const void *own_stream);
/** Whether a free waits. */
static inline bool stowage_waiting_any(const stowage_waiting *waiting) { return waiting->num_frees > 0; }
/**
 * A block whose streams are done, or NULL. Not while a graph is captured. @param is_final whether to wait for them
 */
void *stowage_waiting_next(stowage_waiting *, int device, bool is_final);

#endif
