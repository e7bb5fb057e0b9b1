/** One lock for each device: backward allocates from another thread than forward, within the same step. */
#include "torch_cuda.h"

#include <stdio.h>
#include <string.h>

#include "cuda_arena.h"
#include "cuda_calls.h"
#include "cuda_device.h"

enum { MOST_DEVICES = 64, MOST_SIGNATURES = 1 << 16, MESSAGE_BYTES = 512 };

static stowage_cuda_device *devices[MOST_DEVICES];
static pthread_mutex_t devices_lock = PTHREAD_MUTEX_INITIALIZER;
static stowage_server_options options = {STOWAGE_CUDA_UNIT, 3, 0};

/** The device of that index, or NULL. */
static stowage_cuda_device *known(int index) {
  return index >= 0 && index < MOST_DEVICES ? __atomic_load_n(&devices[index], __ATOMIC_ACQUIRE) : NULL;
}

/** The device of that index, made where it is new; NULL where memory of the host is short. */
static stowage_cuda_device *device_of(int index) {
  stowage_cuda_device *device = known(index);
  if (device || index < 0 || index >= MOST_DEVICES) return device;
  pthread_mutex_lock(&devices_lock);
  if (!devices[index]) __atomic_store_n(&devices[index], stowage_cuda_device_new(index, &options), __ATOMIC_RELEASE);
  device = devices[index];
  pthread_mutex_unlock(&devices_lock);
  return device;
}

int stowage_cuda_enable(char *why, size_t room) { return stowage_cuda_find(why, room); }

void stowage_cuda_settings(uint32_t warm, uint64_t node_limit) {
  options.warm = warm;
  options.node_limit = node_limit;
}

void *stowage_cuda_malloc(ssize_t bytes, int index, void *stream) {
  char why[MESSAGE_BYTES] = "stowage has no memory of the host for its tables";
  if (bytes <= 0) return NULL;
  stowage_cuda_device *device = device_of(index);
  void *block = NULL;
  if (device) {
    pthread_mutex_lock(&device->lock);
    block = stowage_cuda_device_malloc(device, (uint64_t)bytes, stream, why, sizeof why);
    pthread_mutex_unlock(&device->lock);
  }
  if (!block) stowage_cuda_throw(why);
  return block;
}

void stowage_cuda_free(void *block, ssize_t bytes, int index, void *stream) {
  stowage_cuda_device *device = block ? known(index) : NULL;
  if (!device) return;
  pthread_mutex_lock(&device->lock);
  stowage_cuda_device_free(device, block, (uint64_t)bytes, stream);
  pthread_mutex_unlock(&device->lock);
}

void stowage_cuda_record_stream(void *block, void *stream) {
  for (int i = 0; block && i < MOST_DEVICES; i++) {
    stowage_cuda_device *device = known(i);
    if (!device) continue;
    pthread_mutex_lock(&device->lock);
    bool is_here = stowage_arena_of(device, block) || stowage_pool_has(device->pool, block);
    if (is_here) stowage_waiting_use(&device->waiting, i, block, stream);
    pthread_mutex_unlock(&device->lock);
    if (is_here) return;
  }
}

void stowage_cuda_empty_cache(void) {
  for (int i = 0; i < MOST_DEVICES; i++) {
    stowage_cuda_device *device = known(i);
    if (!device) continue;
    pthread_mutex_lock(&device->lock);
    stowage_cuda_device_trim(device);
    pthread_mutex_unlock(&device->lock);
  }
}

int stowage_cuda_begin(int index, uint32_t signature, int is_capturing) {
  stowage_cuda_device *device = signature < MOST_SIGNATURES ? device_of(index) : NULL;
  if (!device) return -1;
  pthread_mutex_lock(&device->lock);
  bool is_part = device->depth > 0, is_served = stowage_cuda_step_begin(device, signature, is_capturing != 0);
  pthread_mutex_unlock(&device->lock);
  return is_part ? -1 : is_served;
}

int stowage_cuda_end(int index, int is_cancelled) {
  stowage_cuda_device *device = known(index);
  if (!device) return 0;
  pthread_mutex_lock(&device->lock);
  bool is_new = stowage_cuda_step_end(device, is_cancelled != 0);
  pthread_mutex_unlock(&device->lock);
  return is_new;
}

int stowage_cuda_install(int index, uint32_t signature, stowage_step_plan *plan) {
  stowage_cuda_device *device = signature < MOST_SIGNATURES && plan->unit == options.unit ? device_of(index) : NULL;
  if (!device) return 0;
  pthread_mutex_lock(&device->lock);
  stowage_cuda_signature *s = stowage_cuda_signature_of(device, signature);
  if (s) {
    stowage_step_plan_keep(plan);
    stowage_step_plan_drop(s->plan);
    s->plan = plan;
    s->arena = 0;
    s->is_fixed = true;
  }
  pthread_mutex_unlock(&device->lock);
  return s != NULL;
}

int stowage_cuda_stats(int index, uint32_t signature, stowage_cuda_counts *counts) {
  stowage_cuda_device *device = known(index);
  memset(counts, 0, sizeof *counts);
  if (!device) return 0;
  pthread_mutex_lock(&device->lock);
  bool is_known = signature < device->num_signatures;
  if (is_known) {
    const stowage_cuda_signature *s = &device->signatures[signature];
    memcpy(counts->counters, s->counters, sizeof s->counters);
    counts->elsewhere_bytes = s->elsewhere_bytes;
    counts->iterations = s->iterations;
    counts->unserved = s->unserved;
    memcpy(counts->why, s->why, sizeof s->why);
    counts->has_plan = s->plan != NULL;
    if (s->plan) {
      counts->peak = s->plan->peak;
      counts->lower_bound = s->plan->lower_bound;
      counts->is_optimal = s->plan->optimal;
    }
  }
  pthread_mutex_unlock(&device->lock);
  return is_known && counts->iterations > 0;
}

int stowage_cuda_device_stats(int index, stowage_cuda_figures *figures) {
  stowage_cuda_device *device = known(index);
  memset(figures, 0, sizeof *figures);
  if (!device) return 0;
  uint64_t free_bytes;
  stowage_cuda_room(index, &free_bytes, &figures->total);
  figures->used = figures->total - free_bytes;
  pthread_mutex_lock(&device->lock);
  figures->arena = device->current ? device->current->bytes : 0;
  stowage_cuda_device_arenas(device, &figures->retired, &figures->captured);
  figures->pool = stowage_pool_reserved(device->pool);
  figures->elsewhere = stowage_pool_used(device->pool);
  figures->waiting_frees = device->waiting.total;
  figures->waiting = device->waiting.num_blocks;
  figures->live = stowage_server_live(device->server);
  figures->waits = device->waits;
  pthread_mutex_unlock(&device->lock);
  return 1;
}

uint32_t stowage_cuda_recorded(int index, uint32_t signature, stowage_row *rows, uint32_t most) {
  stowage_cuda_device *device = known(index);
  uint32_t count = 0;
  if (!device) return 0;
  pthread_mutex_lock(&device->lock);
  const stowage_row *recorded = stowage_server_recorded(device->server, signature, &count);
  if (recorded && rows) memcpy(rows, recorded, (count < most ? count : most) * sizeof *rows);
  pthread_mutex_unlock(&device->lock);
  return count;
}
