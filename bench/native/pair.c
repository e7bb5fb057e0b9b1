/**
 * Replays an iteration, ROUNDS times in turn through each contender, and prints nanoseconds of CPU time for an allocation and
 * its free: an empty loop, stowage's calls, its hooks of PyTorch's two functions, and posix_memalign(64) + free of the
 * allocator that this process has. No byte of a block is touched.
 *
 *   pair ROUNDS PAIRS_PER_ROUND < iteration
 *
 * The iteration: COUNT PEAK, then per allocation, in order: END SIZE OFFSET. END: the allocation before which it is freed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "server.h"
#include "torch_cpu.h"

void *_ZN3c109alloc_cpuEm(size_t);
void _ZN3c108free_cpuEPv(void *);

enum { UNIT = 64, ONLY = 0, WARM = 2, SETTLED = 8 };
#define NODES 400000

typedef struct {
  uint32_t row;
  bool is_allocation;
} event;

static uint32_t count, num_events;
static stowage_row *rows;
static event *events;
/** By row: what the contender returned. */
static void **blocks;
static uint32_t *numbers;
static stowage_server *server;

static void fail(const char *why) {
  fprintf(stderr, "Error: %s\n", why);
  exit(1);
}

static void *new(size_t bytes) {
  void *at = calloc(1, bytes);
  if (!at) fail("no memory");
  return at;
}

/** CPU time, nanoseconds: what else the machine does is none of it. */
static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void *allocate(size_t bytes) {
  void *at;
  if (posix_memalign(&at, UNIT, bytes)) fail("no memory");
  return at;
}

/** The loop that all contenders share. */
#define REPLAY(ALLOCATE, FREE)                                                 \
  for (const event *at = events, *end = events + num_events; at < end; at++) { \
    uint32_t row = at->row;                                                    \
    if (at->is_allocation) {                                                   \
      ALLOCATE;                                                                \
    } else {                                                                   \
      FREE;                                                                    \
    }                                                                          \
  }

static void replay_nothing(void) {
  REPLAY(numbers[row] = (uint32_t)rows[row].size; __asm__ volatile("" ::: "memory"),
      __asm__ volatile("" ::"r"(numbers[row]) : "memory"))
}

static void replay_calls(void) {
  stowage_server_begin(server, ONLY);
  REPLAY(numbers[row] = stowage_server_take(server, 0, (uint32_t)((rows[row].size + UNIT - 1) >> 2) & ~15u),
      stowage_server_give(server, numbers[row]))
  stowage_server_end(server);
}

static void replay_hooks(void) {
  stowage_cpu_begin(ONLY);
  REPLAY(blocks[row] = _ZN3c109alloc_cpuEm(rows[row].size), _ZN3c108free_cpuEPv(blocks[row]))
  stowage_cpu_end(0);
}

static void replay_general(void) { REPLAY(blocks[row] = allocate(rows[row].size), free(blocks[row])) }

static const struct {
  const char *name;
  void (*replay)(void);
} contenders[] = {
    {"loop", replay_nothing}, {"calls", replay_calls}, {"hooks", replay_hooks}, {"general", replay_general}};
enum { CONTENDERS = sizeof contenders / sizeof *contenders };

static uint64_t read_iteration(void) {
  uint64_t peak;
  if (scanf("%" SCNu32 " %" SCNu64, &count, &peak) != 2) fail("expected COUNT PEAK");
  rows = new(count * sizeof *rows);
  for (uint32_t i = 0; i < count; i++)
    if (scanf("%" SCNu32 " %" SCNu64 " %" SCNu64, &rows[i].end, &rows[i].size, &rows[i].offset) != 3)
      fail("expected END SIZE OFFSET for each allocation");
  events = new(2 * count * sizeof *events);
  blocks = new(count * sizeof *blocks);
  numbers = new(count * sizeof *numbers);
  // by end, then by row: rows that end at i follow each other in one list
  uint32_t *first = new((count + 2) * sizeof *first), *next = new(count * sizeof *next);
  for (uint32_t i = count; i-- > 0;) next[i] = first[rows[i].end], first[rows[i].end] = i + 1;
  for (uint32_t i = 0; i <= count; i++) {
    for (uint32_t dead = first[i]; dead; dead = next[dead - 1]) events[num_events++] = (event){dead - 1, false};
    if (i < count) events[num_events++] = (event){i, true};
  }
  free(first), free(next);
  return peak;
}

static void make_server(uint64_t peak) {
  char why[256] = "no memory";
  stowage_step_plan *plan = stowage_step_plan_of(count, UNIT, rows, peak, peak, why, sizeof why);
  server = plan ? stowage_server_new(&(stowage_server_options){UNIT, 0, 0}) : NULL;
  if (!server || !stowage_server_install(server, ONLY, plan, 0, why, sizeof why)) fail(why);
  stowage_server_fix(server, ONLY);
}

static void enable_hooks(void) {
  char why[256];
  if (!stowage_cpu_enable((void *)allocate, (void *)free, (uint64_t)1 << 36, why, sizeof why)) fail(why);
  stowage_cpu_settings(WARM, NODES);
  for (int i = 0; i < SETTLED; i++) replay_hooks();
}

/** Allocations that the plans have served so far, by the calls and by the hooks. */
static void served(uint64_t so_far[2]) {
  uint64_t counters[STOWAGE_NUM_COUNTERS];
  stowage_cpu_counts counts;
  stowage_server_counters(server, counters);
  stowage_cpu_stats(ONLY, &counts);
  so_far[0] = counters[STOWAGE_SERVED];
  so_far[1] = counts.counters[STOWAGE_SERVED];
}

/** Whether the calls return the plan's offsets. */
static void check_offsets(void) {
  replay_calls();
  for (uint32_t i = 0; i < count; i++)
    if ((uint64_t)(numbers[i] - STOWAGE_FIRST) << 2 != rows[i].offset) fail("an allocation is not where the plan has it");
}

int main(int argc, char **argv) {
  if (argc != 3) fail("usage: pair ROUNDS PAIRS_PER_ROUND < iteration");
  int rounds = atoi(argv[1]);
  uint64_t peak = read_iteration(), before[2], after[2];
  uint32_t iterations = (uint32_t)atoi(argv[2]) / count + 1;
  make_server(peak);
  enable_hooks();
  check_offsets();
  double *times = new(CONTENDERS * (size_t)rounds * sizeof *times);
  served(before);
  for (int round = -1; round < rounds; round++) // the first is a warm-up
    for (int which = 0; which < CONTENDERS; which++) {
      double began = now();
      for (uint32_t i = 0; i < iterations; i++) contenders[which].replay();
      if (round >= 0) times[which * rounds + round] = (now() - began) / iterations / count;
    }
  served(after);
  uint64_t expected = (uint64_t)iterations * (uint32_t)(rounds + 1) * count;
  if (after[0] - before[0] != expected || after[1] - before[1] != expected) fail("the plan did not serve all allocations");
  printf("{\"count\":%" PRIu32, count);
  for (int which = 0; which < CONTENDERS; which++) {
    printf(",\"%s\":[", contenders[which].name);
    for (int round = 0; round < rounds; round++) printf("%s%.3f", round ? "," : "", times[which * rounds + round]);
    printf("]");
  }
  puts("}");
  return 0;
}
