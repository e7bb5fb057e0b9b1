/** The arenas of a device: one serves steps; others have blocks in use, or belong to graphs. */
#ifndef STOWAGE_CUDA_ARENA_H
#define STOWAGE_CUDA_ARENA_H

#include "cuda_device.h"

/**
 * Makes the current arena at least so large. One that is too small is replaced: it goes back to the device, before where no
 * block in it is in use. @returns false, with `why`, where the device has no such memory
 */
bool stowage_arena_reserve(stowage_cuda_device *, uint64_t bytes, char *why, size_t room);
/** The arena that an address is in, or NULL. */
stowage_arena *stowage_arena_of(stowage_cuda_device *, const void *address);
/** Gives back arenas that nothing uses; the current one as well if `and_current`. @returns their bytes */
uint64_t stowage_arena_trim(stowage_cuda_device *, bool and_current);
/** A block of a stream is freed: its work may use these bytes of the current arena until the device is waited for. */
void stowage_arena_note(stowage_cuda_device *, const void *stream, uint64_t offset, uint64_t bytes);
/**
 * Whether a stream may have bytes of the current arena: where another stream's work may still use them, the device is
 * waited for. @returns false while a graph is captured, when nothing can be waited for
 */
bool stowage_arena_order(stowage_cuda_device *, const void *stream, uint64_t offset, uint64_t bytes, bool is_capturing);

#endif
