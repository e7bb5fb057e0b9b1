/**
 * Plans and verifies the problems of standard input, one after another, and prints what came out, a line each:
 *
 *   plan COUNT DEFAULT_ALIGNMENT NODE_LIMIT SEED            → PEAK BOUND NODES STATUS ALGORITHM OFFSET…, or error CODE TEXT
 *   verify COUNT DEFAULT_ALIGNMENT CAPACITY MOST OFFSET…    → KIND A B; …, or error CODE TEXT
 *
 * Then, for each buffer: START END SIZE ALIGNMENT FIXED GAPS, and START END of each gap. Numbers are read as they are, so
 * that a test can ask for what breaks rules. A column that no buffer uses is NULL. NODE_LIMIT `default` passes no options.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planner.h"

static void *column(uint64_t count, size_t bytes) {
  // exactly as large as it has to be, for the address sanitizer
  void *at = malloc(count ? count * bytes : 1);
  if (!at) abort();
  return at;
}

static uint64_t number(void) {
  char word[64];
  if (scanf("%63s", word) != 1) abort();
  return word[0] == '-' ? (uint64_t)strtoll(word, NULL, 10) : strtoull(word, NULL, 10);
}

typedef struct {
  uint32_t *start, *end, *gap_index, *gap_start, *gap_end;
  uint64_t *size, *alignment;
  int64_t *fixed;
} columns;

static stowage_problem read_buffers(columns *c, uint32_t count, uint64_t default_alignment) {
  bool aligned = false, fixed = false;
  uint32_t gaps = 0;
  c->start = column(count, 4), c->end = column(count, 4), c->size = column(count, 8);
  c->alignment = column(count, 8), c->fixed = column(count, 8);
  c->gap_index = column((uint64_t)count + 1, 4), c->gap_start = c->gap_end = NULL;
  c->gap_index[0] = 0;
  for (uint32_t i = 0; i < count; i++) {
    c->start[i] = (uint32_t)number(), c->end[i] = (uint32_t)number(), c->size[i] = number();
    c->alignment[i] = number(), c->fixed[i] = (int64_t)number();
    aligned |= c->alignment[i] != 0;
    fixed |= c->fixed[i] != -1;
    uint32_t own = (uint32_t)number();
    c->gap_start = realloc(c->gap_start, 4 * ((size_t)gaps + own + 1));
    c->gap_end = realloc(c->gap_end, 4 * ((size_t)gaps + own + 1));
    for (uint32_t g = 0; g < own; g++, gaps++) c->gap_start[gaps] = (uint32_t)number(), c->gap_end[gaps] = (uint32_t)number();
    c->gap_index[i + 1] = gaps;
  }
  return (stowage_problem){
      .count = count,
      .start = c->start,
      .end = c->end,
      .size = c->size,
      .alignment = aligned ? c->alignment : NULL,
      .default_alignment = default_alignment,
      .fixed = fixed ? c->fixed : NULL,
      .gap_index = gaps ? c->gap_index : NULL,
      .gap_start = c->gap_start,
      .gap_end = c->gap_end,
  };
}

static void free_columns(columns *c) {
  free(c->start), free(c->end), free(c->size), free(c->alignment), free(c->fixed);
  free(c->gap_index), free(c->gap_start), free(c->gap_end);
}

static void plan(void) {
  uint32_t count = (uint32_t)number();
  uint64_t alignment = number();
  char limit[32], why[200];
  if (scanf("%31s", limit) != 1) abort();
  stowage_plan_options options = {.node_limit = strtoull(limit, NULL, 10), .seed = (uint32_t)number()};
  columns c;
  stowage_problem problem = read_buffers(&c, count, alignment);
  uint64_t *offsets = column(count, 8);
  stowage_plan_result result;
  int code = stowage_plan(&problem, strcmp(limit, "default") ? &options : NULL, offsets, &result, why, sizeof why);
  if (code) {
    printf("error %d %s\n", code, why);
  } else {
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %s %s", result.peak, result.lower_bound, result.nodes,
        result.status == STOWAGE_OPTIMAL ? "optimal" : "feasible", result.algorithm);
    for (uint32_t i = 0; i < count; i++) printf(" %" PRIu64, offsets[i]);
    printf("\n");
  }
  free(offsets);
  free_columns(&c);
}

static void verify(void) {
  uint32_t count = (uint32_t)number();
  uint64_t alignment = number(), capacity = number();
  uint32_t most = (uint32_t)number();
  char why[200];
  columns c;
  uint64_t *offsets = column(count, 8);
  for (uint32_t i = 0; i < count; i++) offsets[i] = number();
  stowage_problem problem = read_buffers(&c, count, alignment);
  stowage_violation *found = column(most, sizeof *found);
  int64_t violations = stowage_verify(&problem, offsets, capacity, found, most, why, sizeof why);
  if (violations < 0) printf("error %d %s", (int)-violations, why);
  for (int64_t k = 0; k < violations; k++) printf("%u %u %u; ", found[k].kind, found[k].a, found[k].b);
  printf("\n");
  free(found);
  free(offsets);
  free_columns(&c);
}

int main(void) {
  char command[16];
  while (scanf("%15s", command) == 1) {
    if (!strcmp(command, "plan")) plan();
    else verify();
    fflush(stdout); // a caller may wait for each answer
  }
  return 0;
}
