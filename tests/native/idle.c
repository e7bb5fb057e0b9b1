/**
 * Arenas that are opened, made present, given back and used again: `idle [-c CAP_KIB] [-o]`, one thread, without PyTorch. Prints
 * figures as JSON. With -o the system has no MADV_POPULATE_WRITE.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "steps.h"

static bool is_old;

int __real_madvise(void *, size_t, int);

int __wrap_madvise(void *at, size_t bytes, int advice) {
  if (is_old && advice == 23) return errno = EINVAL, -1;
  return __real_madvise(at, bytes, advice);
}

static uint64_t state = 1;

/** An unchanged step, but for the first block, which may be held. @returns allocations that were served from elsewhere */
static uint64_t step(uint32_t signature, block *held) {
  row rows[ROWS];
  block blocks[ROWS];
  rows_of(signature, rows);
  stowage_cpu_begin(signature);
  own_reals = 0;
  for (uint32_t i = 0; i <= ROWS; i++) {
    for (uint32_t k = i <= LONGEST_LIFE ? 0 : i - LONGEST_LIFE - 1; k < i; k++) {
      if (rows[k].end != i && !(i == ROWS && rows[k].end > ROWS)) continue;
      if (k == 0 && held) *held = blocks[k];
      else end_block(blocks[k]);
    }
    if (i < ROWS) blocks[i] = new_block(&state, rows[i].bytes);
  }
  uint64_t elsewhere = own_reals;
  stowage_cpu_end(0);
  return elsewhere;
}

static uint64_t steps(uint32_t signature, uint32_t count) {
  uint64_t elsewhere = 0;
  for (uint32_t i = 0; i < count; i++) elsewhere = step(signature, NULL);
  return elsewhere;
}

/** Pages of the first bytes of a lane that are in memory. */
static uint64_t present(uint32_t lane, uint64_t bytes) {
  unsigned char pages[4096];
  uint64_t count = bytes / 4096, sum = 0;
  if (count > sizeof pages || mincore(stowage_lanes[lane].base, bytes, pages)) fail("no mincore");
  for (uint64_t i = 0; i < count; i++) sum += pages[i] & 1;
  return sum;
}

static stowage_cpu_counts stats(uint32_t signature) {
  stowage_cpu_counts counts;
  stowage_cpu_stats(signature, &counts);
  return counts;
}

#define PRINT(name, value) printf("\"%s\": %" PRIu64 ", ", name, (uint64_t)(value))

int main(int argc, char **argv) {
  char why[256] = "";
  uint64_t cap = 1 << 20;
  for (int at; (at = getopt(argc, argv, "c:o")) != -1;)
    if (at == 'c') cap = strtoull(optarg, NULL, 10);
    else is_old = true;
  if (!stowage_cpu_enable((void *)real_alloc, (void *)real_free, cap << 10, why, sizeof why)) fail(why);
  printf("{");
  PRINT("planned", steps(0, 5));
  uint64_t bytes = stats(0).arena_bytes;
  PRINT("bytes", bytes);
  PRINT("pages", bytes / 4096);
  PRINT("present", present(0, bytes));
  // another signature for long, while a block of the first is held
  block held;
  step(0, &held);
  PRINT("other", steps(1, 1400));
  PRINT("whileHeld", stats(0).arena_bytes);
  PRINT("held", stowage_lanes_bytes());
  end_block(held);
  // and again without one
  steps(1, 600);
  PRINT("idle", stats(0).arena_bytes);
  PRINT("idlePresent", present(0, bytes));
  PRINT("idleHeld", stowage_lanes_bytes());
  // used again
  PRINT("again", steps(0, 1));
  PRINT("againBytes", stats(0).arena_bytes);
  PRINT("againPresent", present(0, bytes));
  steps(0, 2);
  PRINT("twice", steps(1, 1) + steps(0, 1));
  stowage_cpu_begin(0);
  PRINT("presentAtBegin", present(0, bytes));
  stowage_cpu_end(1);
  printf("\"why\": \"%s%s\"}\n", stats(0).why, stats(1).why);
  for (uint32_t i = 0; i < stowage_lanes_count(); i++) stowage_server_delete(stowage_lanes[i].server);
  return 0;
}
