/** Arenas of the CPU: reserved, opened, made present, given back. */
#define _GNU_SOURCE
#include "lane.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
  MOST_LANES = 256,
  /** Address space of a lane, as a power of two: what numbers of 64-byte units reach. */
  FULL_SPAN = 34,
  LEAST_SPAN = 26,
  /** Iterations of its thread after which a lane that served none of them is idle. */
  IDLE = 1000,
  HUGE_PAGE = 2 << 20,
  /** An arena is made present at this iteration: it is used often. */
  OFTEN = 2,
};
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

char *stowage_space;
uint64_t stowage_space_bytes;
uint32_t stowage_span_bits;
stowage_lane stowage_lanes[MOST_LANES];
static uint32_t num_lanes, most_lanes;
/** Bytes of all arenas, and their cap. */
static uint64_t held, most_held;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/** A fork copies the lock as it is: it may not be held. */
static void before_fork(void) { pthread_mutex_lock(&lock); }
static void after_fork(void) { pthread_mutex_unlock(&lock); }

bool stowage_lanes_reserve(uint64_t cap) {
  __atomic_store_n(&most_held, cap, __ATOMIC_RELAXED);
  if (stowage_space) return true;
  pthread_atfork(before_fork, after_fork, after_fork);
  for (uint32_t span = FULL_SPAN; span >= LEAST_SPAN; span -= 2) {
    for (uint32_t lanes = MOST_LANES; lanes >= 4; lanes /= 4) {
      uint64_t bytes = (uint64_t)lanes << span;
      void *at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (at == MAP_FAILED) continue;
      stowage_span_bits = span;
      most_lanes = lanes;
      stowage_space_bytes = bytes;
      stowage_space = at;
      return true;
    }
  }
  return false;
}

uint32_t stowage_lanes_count(void) { return __atomic_load_n(&num_lanes, __ATOMIC_ACQUIRE); }

uint64_t stowage_lanes_bytes(void) { return __atomic_load_n(&held, __ATOMIC_RELAXED); }

void stowage_lane_drain(stowage_lane *lane) {
  if (!__atomic_load_n(&lane->remote, __ATOMIC_RELAXED)) return;
  void *block = __atomic_exchange_n(&lane->remote, NULL, __ATOMIC_ACQUIRE);
  while (block) {
    void *next = *(void **)block;
    stowage_server_reclaim(lane->server, (uint64_t)((char *)block - lane->base));
    block = next;
  }
}

/** A lane whose thread has ended, made this thread's; NULL for none. */
static stowage_lane *adopt(void *owner, uint32_t signature) {
  for (uint32_t i = 0; i < stowage_lanes_count(); i++) {
    void *nobody = NULL;
    stowage_lane *lane = &stowage_lanes[i];
    if (lane->signature != signature || !lane->server) continue;
    if (__atomic_compare_exchange_n(&lane->owner, &nobody, owner, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return lane;
  }
  return NULL;
}

stowage_lane *stowage_lane_of(
    void *owner, stowage_lane *own, uint32_t signature, const stowage_server_options *options) {
  for (stowage_lane *lane = own; lane; lane = lane->next)
    if (lane->signature == signature) return lane;
  stowage_lane *lane = adopt(owner, signature);
  if (lane) return lane;
  if (stowage_lanes_count() >= most_lanes) return NULL; // a server would be made and deleted in every step
  stowage_server *server = stowage_server_new(options);
  if (!server) return NULL;
  pthread_mutex_lock(&lock);
  if (num_lanes < most_lanes) {
    lane = &stowage_lanes[num_lanes];
    *lane = (stowage_lane){.server = server, .owner = owner, .signature = signature};
    lane->base = stowage_space + ((uint64_t)num_lanes << stowage_span_bits);
    __atomic_store_n(&num_lanes, num_lanes + 1, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&lock);
  if (!lane) stowage_server_delete(server);
  return lane;
}

stowage_refusal stowage_lane_refusal(void) {
  return stowage_lanes_count() < most_lanes ? STOWAGE_NO_MEMORY : STOWAGE_NO_SPAN;
}

void stowage_lane_explain(stowage_refusal refusal, char *why, size_t room) {
  if (refusal == STOWAGE_NO_MEMORY) snprintf(why, room, "a thread got no arena: the system granted no memory for its tables");
  else snprintf(why, room, "a thread got no arena: all %u that address space was reserved for were taken", most_lanes);
}

/** Gives the pages back; what is written there is lost. @returns whether it could be done */
static bool give_back(stowage_lane *lane) {
  stowage_lane_drain(lane);
  if (lane->bytes == 0 || stowage_server_live(lane->server) > 0) return false;
  if (madvise(lane->base, lane->bytes, MADV_DONTNEED)) return false;
  __atomic_sub_fetch(&held, lane->bytes, __ATOMIC_RELAXED);
  __atomic_store_n(&lane->bytes, 0, __ATOMIC_RELAXED); // statistics read it
  lane->is_present = false;
  return true;
}

void stowage_lanes_trim(stowage_lane *own, uint64_t iteration) {
  for (stowage_lane *lane = own; lane; lane = lane->next)
    if (iteration - lane->last > IDLE) give_back(lane);
}

/** The lane of this thread, other than `but`, that was used longest ago and holds pages; NULL for none. */
static stowage_lane *longest_idle(stowage_lane *own, const stowage_lane *but) {
  stowage_lane *found = NULL;
  for (stowage_lane *lane = own; lane; lane = lane->next)
    if (lane != but && lane->bytes > 0 && (!found || lane->last < found->last) && stowage_server_live(lane->server) == 0)
      found = lane;
  return found;
}

bool stowage_lane_open(stowage_lane *lane, stowage_lane *own, uint64_t bytes, char *why, size_t room) {
  uint64_t page = bytes >= HUGE_PAGE ? HUGE_PAGE : (uint64_t)sysconf(_SC_PAGESIZE), wanted = (bytes + page - 1) & ~(page - 1);
  uint64_t most = __atomic_load_n(&most_held, __ATOMIC_RELAXED);
  if (wanted <= lane->bytes) return true;
  if (wanted > (uint64_t)1 << stowage_span_bits) {
    snprintf(why, room, "an arena of %llu bytes is beyond the %llu of address space that a thread and signature has",
        (unsigned long long)wanted, 1ull << stowage_span_bits);
    return false;
  }
  uint64_t more = wanted - lane->bytes;
  while (__atomic_add_fetch(&held, more, __ATOMIC_RELAXED) > most) {
    __atomic_sub_fetch(&held, more, __ATOMIC_RELAXED);
    stowage_lane *idle = longest_idle(own, lane);
    if (idle && give_back(idle)) continue;
    snprintf(why, room, "an arena of %llu bytes is above the cap: %llu of %llu are in use", (unsigned long long)wanted,
        (unsigned long long)stowage_lanes_bytes(), (unsigned long long)most);
    return false;
  }
  if (mprotect(lane->base, wanted, PROT_READ | PROT_WRITE)) {
    __atomic_sub_fetch(&held, more, __ATOMIC_RELAXED);
    snprintf(why, room, "the system grants no arena of %llu bytes", (unsigned long long)wanted);
    return false;
  }
  if (wanted >= HUGE_PAGE) madvise(lane->base, wanted, MADV_HUGEPAGE);
  __atomic_store_n(&lane->bytes, wanted, __ATOMIC_RELAXED);
  lane->is_present = false;
  return true;
}

void stowage_lane_use(stowage_lane *lane, uint64_t iteration) {
  lane->last = iteration;
  if (++lane->iterations < OFTEN || lane->is_present) return;
  lane->is_present = true;
  if (madvise(lane->base, lane->bytes, MADV_POPULATE_WRITE) == 0) return;
  // older kernels: an atomic access that changes nothing, since live blocks may be written meanwhile
  for (uint64_t at = 0; at < lane->bytes; at += 4096) __atomic_fetch_or(lane->base + at, 0, __ATOMIC_RELAXED);
}
