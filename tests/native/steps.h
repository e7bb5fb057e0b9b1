/** Steps without PyTorch, for programs that drive the CPU's hooks: an allocator behind them, blocks that are checked, rows. */
#ifndef STOWAGE_STEPS_H
#define STOWAGE_STEPS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lane.h"
#include "torch_cpu.h"

void *_ZN3c109alloc_cpuEm(size_t);
void _ZN3c108free_cpuEPv(void *);
#define take _ZN3c109alloc_cpuEm
#define give _ZN3c108free_cpuEPv

/** Rows of an unchanged step, and signatures. */
enum { ROWS = 60, SIGNATURES = 2, LONGEST_LIFE = 9 };

/** Calls of the allocator behind the hooks: of this thread since it was set to 0, and of all. */
static __thread uint64_t own_reals;
static uint64_t real_allocs, real_frees;

static void *real_alloc(size_t bytes) {
  void *block = NULL;
  if (bytes > (uint64_t)1 << 40 || posix_memalign(&block, 64, bytes ? bytes : 1)) abort();
  own_reals++;
  __atomic_add_fetch(&real_allocs, 1, __ATOMIC_RELAXED);
  return block;
}

static void real_free(void *block) {
  if (block) __atomic_add_fetch(&real_frees, 1, __ATOMIC_RELAXED);
  free(block);
}

__attribute__((noreturn)) static void fail(const char *what) {
  fprintf(stderr, "lanes: %s\n", what);
  exit(1);
}

typedef struct {
  unsigned char *at;
  size_t bytes;
  unsigned char tag;
} block;

static uint64_t next(uint64_t *state) { // splitmix64
  uint64_t x = *state += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

static block new_block(uint64_t *state, size_t bytes) {
  block b = {take(bytes), bytes, (unsigned char)next(state)};
  if (!b.at) fail("an allocation answered NULL");
  if ((uintptr_t)b.at % 64) fail("a misaligned block");
  memset(b.at, b.tag, bytes);
  return b;
}

static void end_block(block b) {
  // every byte is as the one before: one call, so that a sanitizer checks it at once
  if (b.bytes && (b.at[0] != b.tag || memcmp(b.at, b.at + 1, b.bytes - 1))) fail("a byte of a live block is another's");
  give(b.at);
}

typedef struct {
  size_t bytes;
  /** Row before which it is freed. */
  uint32_t end;
} row;

/** What an unchanged step of a signature allocates; the same for all threads. */
static void rows_of(uint32_t signature, row *rows) {
  static const size_t sizes[] = {1, 63, 64, 65, 1000, 4096, 20000, 100000};
  uint64_t state = 1000 + signature;
  for (uint32_t i = 0; i < ROWS; i++)
    rows[i] = (row){sizes[next(&state) % 8] + next(&state) % 3, i + 1 + (uint32_t)(next(&state) % LONGEST_LIFE)};
}

#endif
