/**
 * PyTorch's CPU tensors from plans: stands in front of `c10::alloc_cpu` and `c10::free_cpu`, by their pointers in the process
 * that runs (`hook.c`) or as LD_PRELOAD. What no plan has goes to the functions behind.
 *
 * Each thread has a lane per signature and touches only its own; blocks of another thread's lane go on a list of that lane.
 * While some lane records, its thread and all frees of blocks from elsewhere take one lock.
 */
#define _GNU_SOURCE
#include "torch_cpu.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hook.h"
#include "lane.h"
#include "release.h"

#define ALLOC _ZN3c109alloc_cpuEm
#define FREE _ZN3c108free_cpuEPv
STOWAGE_API void *ALLOC(size_t size);
STOWAGE_API void FREE(void *block);

/** Numbers of the server are 16 for each unit of 64 bytes: a quarter of the offset. */
enum { UNIT = 64, QUARTER = 2 };
#define MOST_BYTES ((uint64_t)0xffff0000u << QUARTER)
#define HOT __attribute__((tls_model("initial-exec")))

static void *(*real_alloc)(size_t);
static void (*real_free)(void *);
static stowage_hook hooks[] = {{"_ZN3c109alloc_cpuEm", (void *)ALLOC, 0}, {"_ZN3c108free_cpuEPv", (void *)FREE, 0}};
static bool is_hooked;

/** The lane that serves this thread now; NULL outside of iterations. */
static __thread stowage_lane *serving HOT;
/** Its address names the thread. */
static __thread char self HOT;
static __thread stowage_lane *own;
static __thread uint32_t depth;
static __thread uint64_t iteration;
static pthread_key_t at_exit;
static stowage_server_options options = {UNIT, 2, 0};

/** Lanes that record now; their servers are used under this lock. */
static uint32_t recording;
static pthread_mutex_t record_lock = PTHREAD_MUTEX_INITIALIZER;
static stowage_lane *recorders;

/** Plans by signature, for threads that come later. */
enum { MOST_SIGNATURES = 1 << 16 };
static struct {
  stowage_step_plan *plan;
  bool is_fixed;
} published[MOST_SIGNATURES];
static pthread_mutex_t plan_lock = PTHREAD_MUTEX_INITIALIZER;

/** Why some thread of a signature last got no lane: a `stowage_refusal`; atomic. */
static uint8_t refusals[MOST_SIGNATURES];

/** Calls that reached the functions behind, while `stowage_cpu_probe` counts them. */
static uint32_t is_probing, probed_allocs, probed_frees;

static void find_real(void) {
  real_alloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "_ZN3c109alloc_cpuEm");
  real_free = (void (*)(void *))dlsym(RTLD_NEXT, "_ZN3c108free_cpuEPv");
  if (real_alloc && real_free) return;
  // Python loads libc10 without RTLD_GLOBAL
  void *c10 = dlopen("libc10.so", RTLD_LAZY | RTLD_NOLOAD);
  if (!c10) return;
  real_alloc = (void *(*)(size_t))dlsym(c10, "_ZN3c109alloc_cpuEm");
  real_free = (void (*)(void *))dlsym(c10, "_ZN3c108free_cpuEPv");
}

static bool is_recording(const stowage_lane *lane) { return stowage_server_is_recording(lane->server); }

/** An allocation while its lane records: the plan and the record under one lock. */
__attribute__((noinline, cold)) static void *alloc_recorded(stowage_lane *lane, size_t size) {
  pthread_mutex_lock(&record_lock);
  stowage_lane_drain(lane);
  uint64_t offset = stowage_server_malloc(lane->server, 0, size);
  void *block = offset == STOWAGE_NOWHERE ? NULL : lane->base + offset;
  if (!block) {
    // the lock is kept: another thread must not free the block before it is in the record
    block = real_alloc(size);
    lane->elsewhere_bytes += size;
    stowage_server_elsewhere(lane->server, block);
  }
  pthread_mutex_unlock(&record_lock);
  return block;
}

__attribute__((noinline, cold)) static void *alloc_elsewhere(size_t size) {
  if (!real_alloc) find_real();
  if (__builtin_expect(is_probing, 0)) __atomic_add_fetch(&probed_allocs, 1, __ATOMIC_RELAXED);
  return real_alloc(size);
}

void *ALLOC(size_t size) {
  stowage_lane *lane = serving;
  if (!lane || size - 1 >= MOST_BYTES) return alloc_elsewhere(size);
  if (__builtin_expect(lane->is_recorded, 0)) return alloc_recorded(lane, size);
  if (__builtin_expect(__atomic_load_n(&lane->remote, __ATOMIC_RELAXED) != NULL, 0)) stowage_lane_drain(lane);
  uint32_t number = stowage_server_take(lane->server, 0, (uint32_t)((size + UNIT - 1) >> QUARTER) & ~15u);
  if (__builtin_expect(number == 0, 0)) return lane->elsewhere_bytes += size, alloc_elsewhere(size);
  return lane->base + ((uint64_t)(number - STOWAGE_FIRST) << QUARTER);
}

__attribute__((noinline, cold)) static void free_elsewhere(void *block) {
  if (!real_free) find_real();
  if (__builtin_expect(is_probing, 0)) __atomic_add_fetch(&probed_frees, 1, __ATOMIC_RELAXED);
  if (__atomic_load_n(&recording, __ATOMIC_ACQUIRE) > 0) {
    pthread_mutex_lock(&record_lock);
    for (stowage_lane *lane = recorders; lane; lane = lane->next_recorder)
      stowage_server_freed_elsewhere(lane->server, block);
    pthread_mutex_unlock(&record_lock);
  }
  real_free(block);
}

/** A block of another thread's lane, or of one that records. */
__attribute__((noinline, cold)) static void free_remotely(stowage_lane *lane, void *block) {
  void *head = __atomic_load_n(&lane->remote, __ATOMIC_RELAXED);
  do *(void **)block = head;
  while (!__atomic_compare_exchange_n(&lane->remote, &head, block, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

void FREE(void *block) {
  uint64_t at = (uint64_t)((char *)block - stowage_space);
  if (at >= stowage_space_bytes) return free_elsewhere(block);
  stowage_lane *lane = &stowage_lanes[at >> stowage_span_bits];
  if (__builtin_expect(__atomic_load_n(&lane->owner, __ATOMIC_RELAXED) != &self || lane->is_recorded, 0))
    return free_remotely(lane, block);
  stowage_server_give(lane->server, (uint32_t)((uint64_t)((char *)block - lane->base) >> QUARTER) + STOWAGE_FIRST);
}

/** Has statistics see the lane as it is now. */
static void show(stowage_lane *lane) {
  uint64_t counters[STOWAGE_NUM_COUNTERS];
  stowage_server_counters(lane->server, counters);
  for (int i = 0; i < STOWAGE_NUM_COUNTERS; i++)
    __atomic_store_n(&lane->shown.counters[i], counters[i], __ATOMIC_RELAXED);
  __atomic_store_n(&lane->shown.elsewhere_bytes, lane->elsewhere_bytes, __ATOMIC_RELAXED);
  __atomic_store_n(&lane->shown.iterations, lane->iterations, __ATOMIC_RELAXED);
  __atomic_store_n(&lane->shown.live, stowage_server_live(lane->server), __ATOMIC_RELAXED);
}

static void set_why(stowage_lane *lane, const char *why) {
  pthread_mutex_lock(&plan_lock);
  snprintf(lane->why, sizeof lane->why, "%s", why);
  pthread_mutex_unlock(&plan_lock);
}

/** The thread ends: its lanes are there for others, and blocks of theirs are freed by those. */
static void leave(void *unused) {
  (void)unused;
  while (depth > 0) stowage_cpu_end(1);
  for (stowage_lane *lane = own; lane;) {
    stowage_lane *next = lane->next;
    stowage_lane_drain(lane);
    show(lane);
    lane->is_listed = false;
    __atomic_store_n(&lane->owner, NULL, __ATOMIC_RELEASE);
    lane = next;
  }
  own = NULL;
}

/** A fork copies locks as they are: none may be held. */
static void before_fork(void) {
  pthread_mutex_lock(&record_lock);
  pthread_mutex_lock(&plan_lock);
}

static void after_fork(void) {
  pthread_mutex_unlock(&plan_lock);
  pthread_mutex_unlock(&record_lock);
}

static void prepare(void) {
  pthread_key_create(&at_exit, leave);
  pthread_atfork(before_fork, after_fork, after_fork);
}

int stowage_cpu_enable(void *alloc, void *release, uint64_t cap, char *why, size_t room) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
  if (alloc) real_alloc = (void *(*)(size_t))alloc;
  if (release) real_free = (void (*)(void *))release;
  if (!real_alloc || !real_free) find_real();
  if (!real_alloc || !real_free) return snprintf(why, room, "c10::alloc_cpu and free_cpu are not loaded"), 0;
  if (!stowage_lanes_reserve(cap)) return snprintf(why, room, "no address space for arenas (ulimit -v)"), 0;
  // as LD_PRELOAD some pointers are ours already: the caller probes
  if (!stowage_hook_all(hooks, 2))
    return snprintf(why, room, "the system does not let pages of procedure linkage tables be written"), 0;
  is_hooked = true;
  return 1;
}

void stowage_cpu_probe(int is_on, uint32_t *allocs, uint32_t *frees) {
  if (is_on) probed_allocs = probed_frees = 0;
  is_probing = is_on != 0;
  *allocs = probed_allocs;
  *frees = probed_frees;
}

void stowage_cpu_settings(uint32_t warm, uint64_t node_limit) {
  options.warm = warm;
  options.node_limit = node_limit;
}

/** A lane's server has one signature: its own. */
enum { ONLY = 0 };

/** Has a lane serve the plan that another thread made, or that was loaded. */
static void take_published(stowage_lane *lane) {
  if (lane->is_supplied || stowage_server_plan_of(lane->server, ONLY)) return;
  pthread_mutex_lock(&plan_lock);
  stowage_step_plan *plan = published[lane->signature].plan;
  if (plan) {
    lane->is_supplied = true;
    bool done = stowage_server_install(lane->server, ONLY, plan, 0, lane->why, sizeof lane->why);
    if (done && published[lane->signature].is_fixed) stowage_server_fix(lane->server, ONLY);
  }
  pthread_mutex_unlock(&plan_lock);
}

/** Whether the arena of the lane's plan is there; it may have been given back. */
static bool is_open(stowage_lane *lane) {
  char why[sizeof lane->why];
  const stowage_step_plan *plan = stowage_server_plan_of(lane->server, ONLY);
  if (!plan || stowage_lane_open(lane, own, plan->peak, why, sizeof why)) return true;
  set_why(lane, why);
  return false;
}

/** In libraries that were loaded since: a free that passes by the hooks would reach the wrong allocator. */
static void hook_again(void) {
  pthread_mutex_lock(&plan_lock);
  stowage_hook_all(hooks, 2);
  pthread_mutex_unlock(&plan_lock);
}

static void start_recording(stowage_lane *lane) {
  pthread_mutex_lock(&record_lock);
  lane->next_recorder = recorders;
  recorders = lane;
  lane->is_recorded = true;
  __atomic_add_fetch(&recording, 1, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&record_lock);
}

static void stop_recording(stowage_lane *lane) {
  stowage_lane **at = &recorders;
  while (*at != lane) at = &(*at)->next_recorder;
  *at = lane->next_recorder;
  lane->is_recorded = false;
  __atomic_sub_fetch(&recording, 1, __ATOMIC_RELEASE);
}

int stowage_cpu_begin(uint32_t signature) {
  if (depth++ > 0) return -1; // within another iteration, whose plan has these allocations
  if (!is_hooked || signature >= MOST_SIGNATURES) return -1;
  if (stowage_hook_is_stale()) hook_again();
  stowage_lane *lane = stowage_lane_of(&self, own, signature, &options);
  if (!lane) return __atomic_store_n(&refusals[signature], stowage_lane_refusal(), __ATOMIC_RELAXED), -1;
  if (!lane->is_listed) lane->is_listed = true, lane->next = own, own = lane;
  pthread_setspecific(at_exit, &self);
  if (++iteration % 256 == 0) stowage_lanes_trim(own, iteration);
  stowage_lane_drain(lane);
  take_published(lane);
  bool has_arena = is_open(lane), is_served = stowage_server_begin(lane->server, ONLY);
  if (!has_arena) stowage_server_interrupt(lane->server);
  if (is_served && has_arena) stowage_lane_use(lane, iteration);
  if (is_recording(lane)) start_recording(lane);
  serving = lane;
  return is_served && has_arena;
}

/** Serves a lane from its new plan, and threads that come later. @returns false, with `why`, where it cannot */
static bool install(stowage_lane *lane, stowage_step_plan *plan, char *why, size_t room) {
  if (!stowage_lane_open(lane, own, plan->peak, why, room)) return false;
  pthread_mutex_lock(&plan_lock); // statistics read plans
  bool done = stowage_server_install(lane->server, ONLY, plan, 0, why, room);
  if (done) {
    stowage_step_plan_drop(published[lane->signature].plan);
    stowage_step_plan_keep(plan);
    published[lane->signature].plan = plan;
  }
  pthread_mutex_unlock(&plan_lock);
  return done;
}

/** Makes the plan that the lane's signature wants and serves from it; the one before goes on where that fails. */
static bool replan(stowage_lane *lane) {
  char why[sizeof lane->why] = "";
  bool is_first = !stowage_server_plan_of(lane->server, ONLY);
  stowage_step_plan *plan = stowage_server_replan(lane->server, why, sizeof why);
  bool done = plan && install(lane, plan, why, sizeof why);
  set_why(lane, why);
  if (plan && !done) stowage_server_decline(lane->server, ONLY);
  stowage_step_plan_drop(plan);
  if (done && is_first) {
    lane->elsewhere_bytes = 0; // from here on the plan is what could have served them
    stowage_release_unused(); // what the steps before left
  }
  return done;
}

int stowage_cpu_end(int is_cancelled) {
  if (depth == 0 || --depth > 0 || !serving) return 0;
  stowage_lane *lane = serving;
  serving = NULL;
  bool was_recorded = lane->is_recorded, wants_plan = false;
  if (was_recorded) {
    pthread_mutex_lock(&record_lock);
    stowage_lane_drain(lane);
    stop_recording(lane);
  }
  if (is_cancelled) stowage_server_cancel(lane->server);
  else wants_plan = stowage_server_end(lane->server);
  if (was_recorded) pthread_mutex_unlock(&record_lock);
  bool is_new = wants_plan && replan(lane);
  show(lane);
  return is_new;
}

int stowage_cpu_install(uint32_t signature, stowage_step_plan *plan) {
  if (signature >= MOST_SIGNATURES) return 0;
  pthread_mutex_lock(&plan_lock);
  stowage_step_plan_drop(published[signature].plan);
  stowage_step_plan_keep(plan);
  published[signature].plan = plan;
  published[signature].is_fixed = true;
  pthread_mutex_unlock(&plan_lock);
  return 1;
}

int stowage_cpu_stats(uint32_t signature, stowage_cpu_counts *counts) {
  int found = 0;
  memset(counts, 0, sizeof *counts);
  pthread_mutex_lock(&plan_lock);
  for (uint32_t i = 0; i < stowage_lanes_count(); i++) {
    stowage_lane *lane = &stowage_lanes[i];
    if (lane->signature != signature) continue;
    if (__atomic_load_n(&lane->owner, __ATOMIC_RELAXED) == &self) show(lane);
    const stowage_step_plan *plan = stowage_server_plan_of(lane->server, ONLY);
    for (int k = 0; k < STOWAGE_NUM_COUNTERS; k++)
      counts->counters[k] += __atomic_load_n(&lane->shown.counters[k], __ATOMIC_RELAXED);
    counts->arena_bytes += __atomic_load_n(&lane->bytes, __ATOMIC_RELAXED);
    counts->elsewhere_bytes += __atomic_load_n(&lane->shown.elsewhere_bytes, __ATOMIC_RELAXED);
    counts->iterations += __atomic_load_n(&lane->shown.iterations, __ATOMIC_RELAXED);
    counts->live += __atomic_load_n(&lane->shown.live, __ATOMIC_RELAXED);
    if (plan && plan->peak >= counts->peak)
      counts->peak = plan->peak, counts->lower_bound = plan->lower_bound, counts->is_optimal = plan->optimal;
    if (lane->why[0]) snprintf(counts->why, sizeof counts->why, "%s", lane->why);
    found++;
  }
  pthread_mutex_unlock(&plan_lock);
  uint8_t refusal = signature < MOST_SIGNATURES ? __atomic_load_n(&refusals[signature], __ATOMIC_RELAXED) : STOWAGE_NOT_REFUSED;
  if (!counts->why[0] && refusal != STOWAGE_NOT_REFUSED) stowage_lane_explain(refusal, counts->why, sizeof counts->why);
  return found;
}

uint32_t stowage_cpu_recorded(uint32_t signature, stowage_row *rows, uint32_t most) {
  uint32_t count = 0;
  pthread_mutex_lock(&record_lock);
  for (uint32_t i = 0; i < stowage_lanes_count() && count == 0; i++) {
    if (stowage_lanes[i].signature != signature) continue;
    const stowage_row *recorded = stowage_server_recorded(stowage_lanes[i].server, ONLY, &count);
    if (recorded && rows) memcpy(rows, recorded, (count < most ? count : most) * sizeof *rows);
  }
  pthread_mutex_unlock(&record_lock);
  return count;
}
