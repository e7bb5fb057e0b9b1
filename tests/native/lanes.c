/**
 * The CPU's side under threads, without PyTorch: `lanes [-s SEED] [-t THREADS] [-n STEPS] [-c CAP_KIB] [-a ADDRESS_SPACE_MIB]
 * [-r RESERVE_GIB] [-o] [-q]`. Every block is filled and checked as a whole. Prints figures as JSON; exits with 1 at the
 * first byte that is lost.
 *
 * -a limits the address space of the process, -r what one reservation may have; -o is a system without MADV_POPULATE_WRITE;
 * -q reads statistics all the while.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "steps.h"

enum { MOST_THREADS = 16, MOST_HELD = 256, BIN = 256, LIVES = 3, PLAIN_STEPS = 6 };

static uint64_t seed = 1, num_threads = 4, steps = 60, cap = 1 << 24, reserve, space;
static bool is_old, is_watched;

/* the system, as the arguments have it */

void *__real_mmap(void *, size_t, int, int, int, off_t);
int __real_madvise(void *, size_t, int);

void *__wrap_mmap(void *at, size_t bytes, int access, int flags, int file, off_t offset) {
  if (reserve && bytes > reserve << 30) return errno = ENOMEM, MAP_FAILED;
  return __real_mmap(at, bytes, access, flags, file, offset);
}

int __wrap_madvise(void *at, size_t bytes, int advice) {
  if (is_old && advice == 23) return errno = EINVAL, -1;
  return __real_madvise(at, bytes, advice);
}

/** Blocks that wait for another thread to free them. */
static struct {
  pthread_mutex_t lock;
  block blocks[BIN];
  uint32_t count;
} bin = {.lock = PTHREAD_MUTEX_INITIALIZER};

/** Puts a block in the bin and takes another one out. @returns whether there was one; it may be the same */
static bool swap_in_bin(uint64_t *state, block *b, bool is_only_taken) {
  pthread_mutex_lock(&bin.lock);
  if (!is_only_taken) {
    if (bin.count == BIN) fail("the bin is full");
    bin.blocks[bin.count++] = *b;
  }
  bool is_any = bin.count > 0 && (is_only_taken || bin.count > BIN / 2);
  if (is_any) {
    uint32_t k = (uint32_t)(next(state) % bin.count);
    *b = bin.blocks[k];
    bin.blocks[k] = bin.blocks[--bin.count];
  }
  pthread_mutex_unlock(&bin.lock);
  return is_any;
}

typedef struct {
  uint64_t state, step;
  /** Held beyond their step. */
  block held[MOST_HELD];
  uint32_t num_held;
} worker;

/** One row in six may outlive its step; a row that did once is planned no more. */
static void release(worker *w, uint32_t row, block b) {
  uint64_t dice = row % 6 ? 7 : next(&w->state) % 8;
  if (dice == 0 && w->num_held < MOST_HELD) w->held[w->num_held++] = b;
  else if (dice > 2 || swap_in_bin(&w->state, &b, false)) end_block(b);
}

static void release_held(worker *w, uint32_t most) {
  while (w->num_held > most) {
    uint32_t k = (uint32_t)(next(&w->state) % w->num_held);
    block b = w->held[k];
    w->held[k] = w->held[--w->num_held];
    end_block(b);
  }
}

/** One in twelve rows is missing, larger or there twice. */
static size_t changed(worker *w, size_t bytes, bool is_changed) {
  if (!is_changed) return bytes;
  switch (next(&w->state) % 36) {
    case 0: return SIZE_MAX; // missing
    case 1: return bytes * 2 + 100;
    case 2: end_block(new_block(&w->state, bytes)); return bytes;
    default: return bytes;
  }
}

static void step(worker *w, uint32_t signature, bool is_changed) {
  row rows[ROWS];
  block blocks[ROWS];
  bool is_live[ROWS] = {false};
  rows_of(signature, rows);
  stowage_cpu_begin(signature);
  if (w->step % 7 == 0) stowage_cpu_begin(1 - signature); // a step within: part of this one
  for (uint32_t i = 0; i <= ROWS; i++) {
    for (uint32_t k = i <= LONGEST_LIFE ? 0 : i - LONGEST_LIFE - 1; k < i; k++)
      if (is_live[k] && (rows[k].end == i || i == ROWS)) {
        is_live[k] = false;
        if (is_changed) release(w, k, blocks[k]);
        else end_block(blocks[k]);
      }
    if (i == ROWS) break;
    size_t bytes = changed(w, rows[i].bytes, is_changed);
    if (bytes == SIZE_MAX) continue;
    blocks[i] = new_block(&w->state, bytes);
    is_live[i] = true;
  }
  if (w->step % 7 == 0) stowage_cpu_end(0);
  stowage_cpu_end(is_changed && next(&w->state) % 16 == 0);
  w->step++;
}

/** Whether a lane and an arena for each thread can be had. */
static bool may_serve;
static pthread_barrier_t all_planned;

/** A life of a thread: unchanged steps, of which the last are served as a whole, then changed ones. */
static void *live(void *number) {
  worker *w = calloc(1, sizeof *w);
  if (!w) abort();
  w->state = seed * 1000 + (uint64_t)(uintptr_t)number;
  for (uint32_t i = 0; i < PLAIN_STEPS * SIGNATURES; i++) {
    own_reals = 0;
    step(w, i % SIGNATURES, false);
    if (may_serve && i >= (PLAIN_STEPS - 1) * SIGNATURES && own_reals > 0) fail("an unchanged step is not served");
  }
  // from here on plans are widened, and threads that come new are served from those
  if ((uintptr_t)number < num_threads) pthread_barrier_wait(&all_planned);
  for (uint64_t i = 0; i < steps; i++) {
    step(w, (uint32_t)(next(&w->state) % SIGNATURES), true);
    release_held(w, (uint32_t)(next(&w->state) % 32));
    block b;
    while (next(&w->state) % 3 && swap_in_bin(&w->state, &b, true)) end_block(b);
    end_block(new_block(&w->state, 1 + next(&w->state) % 5000)); // between steps
    give(NULL);
  }
  if (next(&w->state) % 2) stowage_cpu_begin(0); // it ends within a step
  release_held(w, 0);
  free(w);
  return NULL;
}

static bool is_over;

static void *watch(void *unused) {
  stowage_row rows[ROWS];
  while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
    for (uint32_t signature = 0; signature < SIGNATURES; signature++) {
      stowage_cpu_counts counts;
      stowage_cpu_stats(signature, &counts);
      stowage_cpu_recorded(signature, rows, ROWS);
    }
    usleep(200);
  }
  return unused;
}

/** Where address space is short another thread may have it for a moment. */
static pthread_t begin_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  for (int i = 0; i < 5000; i++) {
    if (pthread_create(&thread, NULL, body, argument) == 0) return thread;
    usleep(1000);
  }
  fail("no thread");
}

static void run_threads(void) {
  pthread_t threads[MOST_THREADS], watcher = 0;
  pthread_barrier_init(&all_planned, NULL, (unsigned)num_threads);
  if (is_watched) watcher = begin_thread(watch, NULL);
  for (uint64_t life = 0; life < LIVES; life++) {
    // later generations adopt the lanes of the first
    may_serve = cap > 1 << 16 && life == 0 && num_threads * SIGNATURES <= stowage_space_bytes >> stowage_span_bits;
    for (uint64_t i = 0; i < num_threads; i++)
      threads[i] = begin_thread(live, (void *)(uintptr_t)(life * num_threads + i));
    for (uint64_t i = 0; i < num_threads; i++) pthread_join(threads[i], NULL);
  }
  __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
  if (is_watched) pthread_join(watcher, NULL);
}

static void empty_bin(void) {
  block b;
  uint64_t state = 1;
  while (swap_in_bin(&state, &b, true)) end_block(b);
}

/** Takes over a lane of each signature, so that what others freed after their thread had ended is freed. */
static void *adopt(void *all) {
  for (uint32_t signature = 0; signature < SIGNATURES; signature++) stowage_cpu_begin(signature), stowage_cpu_end(1);
  pthread_barrier_wait(all); // every thread has others
  return NULL;
}

static void adopt_all(void) {
  pthread_t threads[MOST_THREADS];
  pthread_barrier_t all;
  pthread_barrier_init(&all, NULL, (unsigned)num_threads);
  for (uint64_t i = 0; i < num_threads; i++)
    threads[i] = begin_thread(adopt, &all);
  for (uint64_t i = 0; i < num_threads; i++) pthread_join(threads[i], NULL);
}

static void print_figures(void) {
  printf("{\"lanes\": %u, \"spanBits\": %u, \"signatures\": [", stowage_lanes_count(), stowage_span_bits);
  for (uint32_t signature = 0; signature < SIGNATURES; signature++) {
    stowage_cpu_counts c;
    stowage_cpu_stats(signature, &c);
    printf("%s{\"served\": %" PRIu64 ", \"larger\": %" PRIu64 ", \"blocked\": %" PRIu64 ", \"missing\": %" PRIu64,
        signature ? ", " : "", c.counters[STOWAGE_SERVED], c.counters[STOWAGE_LARGER], c.counters[STOWAGE_BLOCKED],
        c.counters[STOWAGE_MISSING]);
    printf(", \"peak\": %" PRIu64 ", \"arena\": %" PRIu64 ", \"live\": %u, \"why\": \"%s\"}", c.peak, c.arena_bytes, c.live, c.why);
  }
  printf("], \"allocs\": %" PRIu64 ", \"frees\": %" PRIu64 "}\n", real_allocs, real_frees);
}

static void read_arguments(int argc, char **argv) {
  for (int at; (at = getopt(argc, argv, "s:t:n:c:a:r:oq")) != -1;) {
    uint64_t value = optarg ? strtoull(optarg, NULL, 10) : 0;
    switch (at) {
      case 's': seed = value; break;
      case 't': num_threads = value; break;
      case 'n': steps = value; break;
      case 'c': cap = value; break;
      case 'a': space = value; break;
      case 'r': reserve = value; break;
      case 'o': is_old = true; break;
      case 'q': is_watched = true; break;
      default: fail("an unknown argument");
    }
  }
  if (num_threads > MOST_THREADS) fail("too many threads");
}

int main(int argc, char **argv) {
  char why[256] = "";
  read_arguments(argc, argv);
  struct rlimit limit = {space << 20, space << 20};
  if (space) mallopt(M_ARENA_MAX, 1); // they are 64 MiB of address space each
  if (space && setrlimit(RLIMIT_AS, &limit)) fail("no limit of address space");
  if (!stowage_cpu_enable((void *)real_alloc, (void *)real_free, cap << 10, why, sizeof why)) fail(why);
  run_threads();
  empty_bin();
  adopt_all();
  print_figures();
  // lanes stay as long as the process; the leak sanitizer does not look into their servers
  for (uint32_t i = 0; i < stowage_lanes_count(); i++) stowage_server_delete(stowage_lanes[i].server);
  return 0;
}
