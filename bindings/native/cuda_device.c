/** Steps, blocks of the arena and blocks of the pool. */
#include "cuda_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_arena.h"
#include "cuda_calls.h"

static void *take_segment(void *device, uint64_t bytes) {
  return stowage_cuda_take(((stowage_cuda_device *)device)->index, bytes);
}

static void give_segment(void *device, void *segment, uint64_t bytes) {
  (void)bytes;
  stowage_cuda_give(((stowage_cuda_device *)device)->index, segment);
}

stowage_cuda_device *stowage_cuda_device_new(int index, const stowage_server_options *options) {
  stowage_cuda_device *device = calloc(1, sizeof *device);
  if (!device) return NULL;
  device->index = index;
  pthread_mutex_init(&device->lock, NULL);
  device->server = stowage_server_new(options);
  device->pool = stowage_pool_new(&(stowage_pool_device){take_segment, give_segment, device});
  if (device->server && device->pool) return device;
  if (device->server) stowage_server_delete(device->server);
  if (device->pool) stowage_pool_delete(device->pool);
  free(device);
  return NULL;
}

stowage_cuda_signature *stowage_cuda_signature_of(stowage_cuda_device *device, uint32_t number) {
  if (number >= device->num_signatures) {
    stowage_cuda_signature *all = realloc(device->signatures, (number + 1) * sizeof *all);
    if (!all) return NULL;
    memset(all + device->num_signatures, 0, (number + 1 - device->num_signatures) * sizeof *all);
    device->signatures = all;
    device->num_signatures = number + 1;
  }
  return &device->signatures[number];
}

/** Gives a block back to where it is from. */
static void release(stowage_cuda_device *device, void *block) {
  stowage_arena *arena = stowage_arena_of(device, block);
  if (!arena) {
    stowage_server_freed_elsewhere(device->server, block);
    stowage_pool_free(device->pool, block);
    return;
  }
  uint64_t offset = arena->origin + (uint64_t)((char *)block - arena->base);
  if (stowage_server_free(device->server, offset)) arena->live--;
}

/** Releases the freed blocks whose streams are done. */
static void release_done(stowage_cuda_device *device, bool is_final) {
  if (!stowage_waiting_any(&device->waiting)) return;
  for (void *block; (block = stowage_waiting_next(&device->waiting, device->index, is_final));) release(device, block);
}

/** Blocks that wait at the end of a recorded step are in use until then, for the plan. */
static void record_waiting(stowage_cuda_device *device) {
  for (uint32_t i = 0; i < device->waiting.num_frees; i++)
    stowage_server_freed_elsewhere(device->server, device->waiting.frees[i].block);
}

/**
 * There is no arena for the plan. A learned one is given up for the one before; without one before it is tried again, ever more
 * rarely. @returns whether there is one before
 */
static bool decline(stowage_cuda_device *device, stowage_cuda_signature *s, uint32_t number) {
  stowage_step_plan *before = (stowage_step_plan *)stowage_server_plan_of(device->server, number);
  if (s->is_fixed || !before || s->plan == before) {
    s->pause = s->next_pause;
    s->next_pause = s->next_pause < 64 ? 2 * s->next_pause + 1 : 64;
    return false;
  }
  stowage_server_decline(device->server, number);
  stowage_step_plan_drop(s->plan);
  stowage_step_plan_keep(before);
  s->plan = before;
  return true;
}

/** Has the server serve the signature's plan from the current arena. @returns false where there is no room */
static bool place(stowage_cuda_device *device, stowage_cuda_signature *s, uint32_t number, bool is_capturing) {
  const stowage_arena *current = device->current && !device->current->is_captured ? device->current : NULL;
  if (!s->plan || (current && s->arena == current->number)) return true;
  if (!current || s->plan->peak > current->bytes) {
    if (is_capturing || s->pause > 0) return s->pause -= s->pause > 0, false;
    if (!stowage_arena_reserve(device, s->plan->peak, s->why, sizeof s->why))
      return decline(device, s, number) && place(device, s, number, is_capturing);
  }
  uint64_t origin = device->current->origin;
  if (!stowage_server_install(device->server, number, s->plan, origin, s->why, sizeof s->why)) return false;
  s->arena = device->current->number;
  if (s->next_pause > 0) s->why[0] = 0; // there was no room before
  s->next_pause = 0;
  if (s->is_fixed) stowage_server_fix(device->server, number);
  return true;
}

bool stowage_cuda_step_begin(stowage_cuda_device *device, uint32_t number, bool is_capturing) {
  if (device->depth++ > 0) return false;
  device->num_streams = 0;
  device->signature = number;
  device->steps++;
  if (!is_capturing) release_done(device, false), stowage_arena_trim(device, false);
  stowage_cuda_signature *s = stowage_cuda_signature_of(device, number);
  device->is_unserved = !s || !place(device, s, number, is_capturing);
  if (!s) return false;
  s->iterations++;
  s->unserved += device->is_unserved;
  stowage_server_counters(device->server, device->counters_before);
  return !device->is_unserved && stowage_server_begin(device->server, number);
}

bool stowage_cuda_step_end(stowage_cuda_device *device, bool is_cancelled) {
  if (device->depth == 0 || --device->depth > 0 || device->is_unserved) return false;
  stowage_cuda_signature *s = &device->signatures[device->signature];
  bool is_new = false;
  if (is_cancelled) {
    stowage_server_cancel(device->server);
  } else {
    record_waiting(device);
    if (stowage_server_end(device->server)) {
      stowage_step_plan *plan = stowage_server_replan(device->server, s->why, sizeof s->why);
      if (plan) stowage_step_plan_drop(s->plan), s->plan = plan, s->arena = 0, s->why[0] = 0, is_new = true;
    }
  }
  uint64_t counters[STOWAGE_NUM_COUNTERS];
  stowage_server_counters(device->server, counters);
  for (int i = 0; i < STOWAGE_NUM_COUNTERS; i++) s->counters[i] += counters[i] - device->counters_before[i];
  return is_new;
}

/** The key of a stream: its index among those of the step. */
static uint32_t key_of(stowage_cuda_device *device, const void *stream) {
  for (uint32_t i = 0; i < device->num_streams; i++)
    if (device->streams[i] == stream) return i;
  if (device->num_streams == STOWAGE_MOST_STREAMS) return STOWAGE_MOST_STREAMS; // no plan knows it
  device->streams[device->num_streams] = stream;
  return device->num_streams++;
}

/** A block of the arena, or NULL where the plan has none for this request. */
static void *from_plan(stowage_cuda_device *device, uint64_t bytes, void *stream, bool is_capturing) {
  stowage_arena *arena = device->current;
  uint64_t offset = stowage_server_malloc(device->server, key_of(device, stream), bytes);
  if (offset == STOWAGE_NOWHERE) return NULL;
  uint64_t at = offset - arena->origin;
  if (!stowage_arena_order(device, stream, at, bytes, is_capturing)) {
    stowage_server_free(device->server, offset);
    return NULL;
  }
  arena->live++;
  arena->is_captured = is_capturing;
  return arena->base + at;
}

/** The number of the step for the pool while it warms up: in later ones what the pool serves is like what it serves outside. */
static uint64_t warming_step(const stowage_cuda_device *device) {
  enum { LONGEST = 16 };
  if (device->depth == 0 || device->is_unserved) return 0;
  const stowage_cuda_signature *s = &device->signatures[device->signature];
  return !s->plan && s->iterations <= LONGEST ? device->steps : 0;
}

/** A block of the pool; memory that waits, is cached or is between steps is given up for it. */
static void *from_pool(stowage_cuda_device *device, uint64_t bytes, void *stream) {
  uint64_t step = warming_step(device);
  void *block = stowage_pool_malloc(device->pool, stream, bytes, step);
  if (block) return block;
  if (stowage_waiting_any(&device->waiting)) {
    release_done(device, true);
    if ((block = stowage_pool_malloc(device->pool, stream, bytes, step))) return block;
  }
  if (stowage_arena_trim(device, device->depth == 0) == 0) return NULL;
  return stowage_pool_malloc(device->pool, stream, bytes, step);
}

static void explain(const stowage_cuda_device *device, uint64_t bytes, bool is_capturing, char *why, size_t room) {
  if (is_capturing) {
    snprintf(why, room,
        "stowage: %llu bytes were asked for while a CUDA graph is captured, and no plan has them: run the step several "
        "times before it is captured, in the same stowage.step, and let no block outlive it",
        (unsigned long long)bytes);
    return;
  }
  uint64_t free_bytes, total;
  stowage_cuda_room(device->index, &free_bytes, &total);
  snprintf(why, room,
      "CUDA out of memory. Tried to allocate %llu bytes on device %d, of whose %llu bytes %llu are free. stowage has an "
      "arena of %llu bytes, and %llu bytes in a pool of which %llu are in use",
      (unsigned long long)bytes, device->index, (unsigned long long)total, (unsigned long long)free_bytes,
      (unsigned long long)(device->current ? device->current->bytes : 0),
      (unsigned long long)stowage_pool_reserved(device->pool), (unsigned long long)stowage_pool_used(device->pool));
}

void *stowage_cuda_device_malloc(stowage_cuda_device *device, uint64_t bytes, void *stream, char *why, size_t room) {
  const stowage_arena *current = device->current;
  bool is_capturing = stowage_cuda_is_capturing(stream);
  // after a capture: the graph may run while a block of this step is in use
  bool is_of_graph = current && current->is_captured && !is_capturing;
  bool is_planned = device->depth > 0 && !device->is_unserved && !is_of_graph;
  if (!is_capturing) release_done(device, false);
  void *block = is_planned ? from_plan(device, bytes, stream, is_capturing) : NULL;
  if (block) return block;
  if (!is_capturing) block = from_pool(device, bytes, stream);
  if (!block) return explain(device, bytes, is_capturing, why, room), NULL;
  if (is_planned) stowage_server_elsewhere(device->server, block);
  if (device->depth > 0 && device->signature < device->num_signatures)
    device->signatures[device->signature].elsewhere_bytes += bytes;
  return block;
}

void stowage_cuda_device_free(stowage_cuda_device *device, void *block, uint64_t bytes, void *stream) {
  const stowage_arena *current = device->current;
  if (current && stowage_arena_of(device, block) == current)
    stowage_arena_note(device, stream, (uint64_t)((char *)block - current->base), bytes);
  if (!stowage_waiting_free(&device->waiting, device->index, block, stream)) release(device, block);
}

void stowage_cuda_device_trim(stowage_cuda_device *device) {
  release_done(device, false);
  stowage_arena_trim(device, false);
  stowage_pool_trim(device->pool);
}

void stowage_cuda_device_arenas(const stowage_cuda_device *device, uint64_t *retired, uint64_t *captured) {
  *retired = *captured = 0;
  for (int i = 0; i < STOWAGE_MOST_ARENAS; i++) {
    const stowage_arena *arena = &device->arenas[i];
    if (arena->is_captured) *captured += arena->bytes;
    else if (arena != device->current) *retired += arena->bytes;
  }
}
