/**
 * A caching pool of device memory, for what no plan serves: parameters, what outlives a step, fallbacks. It takes segments
 * of the device, splits and merges blocks within them, and keeps the segments that are idle.
 *
 * A segment belongs to the stream that it was taken for, until the device has it back: so no two streams share bytes. The
 * pool touches no memory of the device. It is used by one thread at a time.
 */
#ifndef STOWAGE_POOL_H
#define STOWAGE_POOL_H

#include <stdbool.h>
#include <stdint.h>

/** Bytes of a page of the device: segments are multiples of it. */
#define STOWAGE_POOL_PAGE ((uint64_t)2 << 20)
/** Requests below it share segments of one page. */
#define STOWAGE_POOL_LARGE ((uint64_t)1 << 20)
/** Blocks are multiples of it, in bytes and in address. */
#define STOWAGE_POOL_UNIT ((uint64_t)512)

/** Where segments come from. */
typedef struct {
  /** A segment, aligned to the unit; NULL where the device has none of that size. */
  void *(*take)(void *context, uint64_t bytes);
  /** The segment goes back, whatever work of the device uses it: the callee waits for that. */
  void (*give)(void *context, void *segment, uint64_t bytes);
  void *context;
} stowage_pool_device;

typedef struct stowage_pool stowage_pool;

/** NULL where memory of the host is short. */
stowage_pool *stowage_pool_new(const stowage_pool_device *);
/** Gives back every segment, also those with blocks in use. */
void stowage_pool_delete(stowage_pool *);

/**
 * The smallest free block of the stream that will do, else a new segment. A request below STOWAGE_POOL_LARGE leaves less than
 * a page of its block over, so that it breaks up no large one. A device without memory gets the idle segments back and is
 * asked again; then any block that fits will do.
 *
 * In a step for which there is no plan yet, numbered from 1 on, few requests share a segment with others of the same step:
 * once a plan serves it, the segments of what died in it are idle, though some blocks outlived it. Idle segments then go
 * back before they are an eighth of what is in use.
 * @param step 0 outside of such steps. @returns NULL for 0 bytes, and where the device has no memory
 */
void *stowage_pool_malloc(stowage_pool *, const void *stream, uint64_t bytes, uint64_t step);
/** @returns false where no block in use begins there: nothing has changed */
bool stowage_pool_free(stowage_pool *, void *block);
/** Whether a block in use begins there. */
bool stowage_pool_has(const stowage_pool *, const void *block);
/** Gives back every idle segment. @returns their bytes */
uint64_t stowage_pool_trim(stowage_pool *);

/** Bytes of all segments; those of blocks in use, rounded up to the unit. */
uint64_t stowage_pool_reserved(const stowage_pool *);
uint64_t stowage_pool_used(const stowage_pool *);

#endif
