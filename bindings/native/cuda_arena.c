/** An arena is one allocation of the device; the server's offsets of different arenas are apart. */
#include "cuda_arena.h"

#include <stdio.h>
#include <string.h>

#include "cuda_calls.h"

stowage_arena *stowage_arena_of(stowage_cuda_device *device, const void *address) {
  stowage_arena *current = device->current;
  if (current && (uint64_t)((const char *)address - current->base) < current->bytes) return current;
  for (int i = 0; i < STOWAGE_MOST_ARENAS; i++) {
    stowage_arena *arena = &device->arenas[i];
    if (arena->base && (uint64_t)((const char *)address - arena->base) < arena->bytes) return arena;
  }
  return NULL;
}

static uint64_t give(stowage_cuda_device *device, stowage_arena *arena) {
  uint64_t bytes = arena->bytes;
  stowage_cuda_give(device->index, arena->base);
  device->num_spans = 0; // the device was waited for
  if (device->current == arena) device->current = NULL;
  memset(arena, 0, sizeof *arena);
  return bytes;
}

uint64_t stowage_arena_trim(stowage_cuda_device *device, bool and_current) {
  uint64_t bytes = 0;
  for (int i = 0; i < STOWAGE_MOST_ARENAS; i++) {
    stowage_arena *arena = &device->arenas[i];
    if (!arena->base || arena->live > 0 || arena->is_captured) continue;
    if (arena != device->current || and_current) bytes += give(device, arena);
  }
  return bytes;
}

/** The lowest offsets that no arena has. */
static uint64_t free_origin(const stowage_cuda_device *device, uint64_t bytes) {
  uint64_t origin = 0;
  for (int i = 0; i < STOWAGE_MOST_ARENAS; i++) {
    const stowage_arena *arena = &device->arenas[i];
    if (!arena->base || origin + bytes <= arena->origin || arena->origin + arena->bytes <= origin) continue;
    origin = arena->origin + arena->bytes;
    i = -1; // another may begin there
  }
  return origin;
}

static stowage_arena *take(stowage_cuda_device *device, uint64_t bytes) {
  stowage_arena *arena = device->arenas;
  while (arena->base)
    if (++arena == device->arenas + STOWAGE_MOST_ARENAS) return NULL;
  char *base = stowage_cuda_take(device->index, bytes);
  if (!base) return NULL;
  uint64_t origin = free_origin(device, bytes);
  *arena = (stowage_arena){.base = base, .bytes = bytes, .origin = origin, .number = ++device->num_arenas};
  return arena;
}

bool stowage_arena_reserve(stowage_cuda_device *device, uint64_t bytes, char *why, size_t room) {
  stowage_arena *current = device->current;
  if (current && !current->is_captured && bytes <= current->bytes) return true;
  bytes = (bytes + STOWAGE_POOL_PAGE - 1) / STOWAGE_POOL_PAGE * STOWAGE_POOL_PAGE;
  uint64_t before = current && !current->is_captured ? current->bytes : 0;
  device->current = NULL;
  // what the steps so far left in the pool would be there twice
  stowage_arena_trim(device, true);
  stowage_pool_trim(device->pool);
  device->current = take(device, bytes);
  if (device->current) return true;
  uint64_t free_bytes, total;
  stowage_cuda_room(device->index, &free_bytes, &total);
  snprintf(why, room, "no arena of %llu bytes on device %d: %llu of its %llu bytes are free, %llu are in use elsewhere",
      (unsigned long long)bytes, device->index, (unsigned long long)free_bytes, (unsigned long long)total,
      (unsigned long long)stowage_pool_used(device->pool));
  if (current && current->base && !current->is_captured) device->current = current; // it had blocks in use
  else if (before) device->current = take(device, before);
  return false;
}

void stowage_arena_note(stowage_cuda_device *device, const void *stream, uint64_t offset, uint64_t bytes) {
  stowage_span *span = NULL;
  for (uint32_t i = 0; i < device->num_spans && !span; i++)
    if (device->spans[i].stream == stream) span = &device->spans[i];
  if (!span && device->num_spans < STOWAGE_MOST_STREAMS) {
    span = &device->spans[device->num_spans++];
    *span = (stowage_span){stream, UINT64_MAX, 0};
  } else if (!span) {
    span = &device->spans[STOWAGE_MOST_STREAMS - 1];
    span->stream = device; // of several streams, so that no stream takes it for its own
  }
  if (offset < span->low) span->low = offset;
  if (offset + bytes > span->high) span->high = offset + bytes;
}

bool stowage_arena_order(
    stowage_cuda_device *device, const void *stream, uint64_t offset, uint64_t bytes, bool is_capturing) {
  bool is_shared = false;
  for (uint32_t i = 0; i < device->num_spans && !is_shared; i++) {
    const stowage_span *other = &device->spans[i];
    is_shared = other->stream != stream && other->low < offset + bytes && offset < other->high;
  }
  if (!is_shared) return true;
  if (is_capturing) return false;
  stowage_cuda_wait(device->index);
  device->num_spans = 0;
  device->waits++;
  return true;
}
