/**
 * Steps of a made-up program on the imitated device: three signatures, three streams, blocks that are missing, larger, extra,
 * held late or used by other streams. Every block is compared with all that are live, wait, or were another stream's and not
 * waited for. Prints what was served. Usage: cuda SEED STEPS THREADS
 */
#include "torch_cuda.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

void imitated_cuda_hold(void);
void imitated_cuda_release(void);
size_t imitated_cuda_bytes(void);
unsigned imitated_cuda_waits(void);

enum { NUM_STREAMS = 3, NUM_SIGNATURES = 3, LENGTH = 120, MOST = 1 << 14 };

#define CHECK(holds, ...) \
  do { \
    if (!(holds)) fprintf(stderr, "step %u: ", step), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1); \
  } while (0)

typedef struct {
  char *block;
  uint64_t bytes;
  int stream;
  /** Steps until it is freed, or requests within the step; whether a stream that is behind uses it; waits at its free. */
  uint32_t due;
  bool is_pending;
  unsigned waits;
} range;

/** Under the lock: blocks in use, and what was freed since the device was last waited for. */
static range live[MOST], past[MOST];
static uint32_t num_live, num_past, step;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_holding;
static int streams[NUM_STREAMS];

typedef struct {
  uint64_t state;
  uint32_t signature, from, every;
} work;

static uint32_t below(work *w, uint32_t most) {
  w->state ^= w->state << 13, w->state ^= w->state >> 7, w->state ^= w->state << 17;
  return (uint32_t)(w->state >> 11) % most;
}

static bool overlaps(const range *a, const range *b) {
  return a->block < b->block + b->bytes && b->block < a->block + a->bytes;
}

/** Notes a new block, and compares it with all others. */
static void note(range r) {
  pthread_mutex_lock(&lock);
  unsigned waits = imitated_cuda_waits();
  for (uint32_t i = 0; i < num_live; i++) CHECK(!overlaps(&r, &live[i]), "two live blocks share bytes");
  for (uint32_t i = 0; i < num_past; i++) {
    if (past[i].waits != waits && !past[i].is_pending) {
      past[i--] = past[--num_past];
      continue;
    }
    if (!overlaps(&r, &past[i])) continue;
    CHECK(!past[i].is_pending, "a block whose free waits shares bytes");
    CHECK(past[i].stream == r.stream, "streams share bytes, and the device was not waited for");
  }
  CHECK(num_live < MOST, "too many blocks");
  live[num_live++] = r;
  pthread_mutex_unlock(&lock);
}

/** Frees the block of that index; the lock is held, and is given away. */
static void release(uint32_t index, work *w) {
  range r = live[index];
  live[index] = live[--num_live];
  int other = (r.stream + 1) % NUM_STREAMS;
  bool is_used = below(w, 12) == 0;
  r.is_pending = is_used && is_holding;
  r.waits = imitated_cuda_waits();
  CHECK(num_past < MOST, "too many freed blocks");
  past[num_past++] = r;
  pthread_mutex_unlock(&lock);
  if (is_used) stowage_cuda_record_stream(r.block, &streams[other]);
  stowage_cuda_free(r.block, (ssize_t)r.bytes, 0, &streams[r.stream]);
}

static void free_due(uint32_t due, work *w) {
  for (bool found = true; found;) {
    found = false;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < num_live && !found; i++)
      if (live[i].due == due && live[i].due != UINT32_MAX) found = true, release(i, w);
    if (!found) pthread_mutex_unlock(&lock);
  }
}

static void allocate(uint64_t bytes, int stream, uint32_t due) {
  char *block = stowage_cuda_malloc((ssize_t)bytes, 0, &streams[stream]);
  CHECK(block, "no memory");
  note((range){block, bytes, stream, due, false, 0});
}

/** Requests of a step, or every second of them. */
static void *run(void *argument) {
  work *w = argument;
  for (uint32_t i = w->from; i < LENGTH; i += w->every) {
    // what is asked for depends on the signature and the request alone, but for chances
    uint32_t seed = (i * 2654435761u + w->signature * 40503u) >> 7;
    uint64_t bytes = 1 + seed % (seed % 5 ? 300000 : 9000000);
    int stream = seed % 7 == 0 ? 1 : 0;
    uint32_t life = 1 + seed % 23, base = step * 1000;
    uint32_t chance = below(w, 100);
    free_due(base + i, w);
    if (chance == 0) continue;
    if (chance == 1) bytes *= 2;
    if (chance == 2) allocate(5000, below(w, NUM_STREAMS), base + i + 1);
    uint32_t due = i + life < LENGTH ? base + i + life : base + 999;
    allocate(bytes, stream, chance == 3 ? base + 1000 * (1 + below(w, 3)) : due);
  }
  return NULL;
}

/** Blocks that are left of this step and of earlier ones. */
static void end_step(work *w) {
  for (uint32_t due = step * 1000; due < (step + 1) * 1000; due++) free_due(due, w);
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  work main_work = {strtoull(arguments[1], NULL, 10) * 2654435761u + 1, 0, 0, 1};
  uint32_t steps = (uint32_t)strtoul(arguments[2], NULL, 10), threads = (uint32_t)strtoul(arguments[3], NULL, 10);
  char why[256];
  CHECK(stowage_cuda_enable(why, sizeof why), "%s", why);
  stowage_cuda_settings(1, 2000);
  uint32_t served_steps = 0;
  for (step = 1; step <= steps; step++) {
    // events of a step that holds them are done two steps later
    if (is_holding && step % 5 == 2) {
      imitated_cuda_release();
      is_holding = false;
      for (uint32_t i = 0; i < num_past; i++) past[i].is_pending = false;
    } else if (!is_holding && step % 5 == 0) {
      imitated_cuda_hold();
      is_holding = true;
    }
    main_work.signature = step / 8 % NUM_SIGNATURES;
    served_steps += stowage_cuda_begin(0, main_work.signature, 0) == 1;
    main_work.from = 0, main_work.every = threads;
    pthread_t other;
    work its = {main_work.state + step, main_work.signature, 1, 2};
    if (threads == 2) pthread_create(&other, NULL, run, &its);
    run(&main_work);
    if (threads == 2) pthread_join(other, NULL);
    end_step(&main_work);
    stowage_cuda_end(0, below(&main_work, 40) == 0);
    if (step % 50 == 0) stowage_cuda_empty_cache();
  }
  if (is_holding) imitated_cuda_release();
  while (num_live > 0) pthread_mutex_lock(&lock), release(0, &main_work);
  stowage_cuda_free(stowage_cuda_malloc(1, 0, NULL), 1, 0, NULL); // has a look at what waits
  stowage_cuda_empty_cache();
  stowage_cuda_figures figures;
  stowage_cuda_device_stats(0, &figures);
  uint64_t served = 0, differing = 0;
  for (uint32_t i = 0; i < NUM_SIGNATURES; i++) {
    stowage_cuda_counts counts;
    stowage_cuda_stats(0, i, &counts);
    served += counts.counters[STOWAGE_SERVED];
    for (int k = STOWAGE_LARGER; k <= STOWAGE_UNKNOWN; k++) differing += counts.counters[k];
  }
  printf("{\"served_steps\": %u, \"served\": %llu, \"differing\": %llu, \"waiting_frees\": %llu, \"waiting\": %llu, \"live\": %llu, "
         "\"elsewhere\": %llu, \"retired\": %llu, \"arena\": %llu, \"pool\": %llu, \"device\": %llu}\n",
      served_steps, (unsigned long long)served, (unsigned long long)differing, (unsigned long long)figures.waiting_frees,
      (unsigned long long)figures.waiting, (unsigned long long)figures.live, (unsigned long long)figures.elsewhere,
      (unsigned long long)figures.retired, (unsigned long long)figures.arena, (unsigned long long)figures.pool,
      (unsigned long long)imitated_cuda_bytes());
  return 0;
}
