/** Rules of problems, and problems inside the core: `bindings/model/to-columns.ts` and `bindings/core/core.ts` in C. */
#include "problem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/** Σ sizes above this could wrap the core's sums. */
#define MOST_TOTAL ((uint64_t)1 << 62)
#define MOST_ALIGNMENT ((uint64_t)1 << 52)
/** Bytes of memory that an instance is content with where address space is limited, the first that is granted. */
static const uint64_t LESS[] = {(uint64_t)1 << 30, (uint64_t)1 << 26};
/** Words of the problem's record (`RECORD` in `bindings/core/abi.ts`). */
enum { START = 2, END, SIZE, ALIGNMENT, OFFSET, GAP_INDEX, GAP_START, GAP_END, CROSSING };

void stowage_fail(stowage_error *error, int code, const char *format, ...) {
  if (error->code) return;
  error->code = code;
  if (!error->why || !error->room) return;
  va_list values;
  va_start(values, format);
  vsnprintf(error->why, error->room, format, values);
  va_end(values);
}

#define USAGE(...) return stowage_fail(error, STOWAGE_USAGE_ERROR, __VA_ARGS__)

uint64_t stowage_alignment_of(const stowage_problem *p, uint32_t i) {
  uint64_t own = p->alignment ? p->alignment[i] : 0;
  if (own) return own;
  return p->default_alignment ? p->default_alignment : 1;
}

static bool is_alignment(uint64_t bytes) { return bytes <= MOST_ALIGNMENT && (bytes & (bytes - 1)) == 0; }

static void check_bytes(const stowage_problem *p, uint32_t i, stowage_error *error) {
  uint64_t size = p->size[i];
  if (size > STOWAGE_MAX_BYTES)
    USAGE("buffers[%u].size: expected bytes from 0 to 2^53 - 1, got %" PRIu64, i, size);
  if (p->alignment && !is_alignment(p->alignment[i]))
    USAGE("buffers[%u].alignment: expected a power of two of bytes, got %" PRIu64, i, p->alignment[i]);
  int64_t fixed = p->fixed ? p->fixed[i] : -1;
  if (fixed < -1 || fixed > (int64_t)STOWAGE_MAX_BYTES)
    USAGE("buffers[%u].offset: expected bytes from 0 to 2^53 - 1, got %" PRId64, i, fixed);
  if (fixed >= 0 && (uint64_t)fixed + size > STOWAGE_MAX_BYTES)
    USAGE("buffers[%u].offset + size: expected bytes from 0 to 2^53 - 1, got %" PRIu64, i, (uint64_t)fixed + size);
}

/** Gaps are inside the lifetime, ascending and apart. */
static void check_gaps(const stowage_problem *p, uint32_t i, stowage_error *error) {
  uint32_t from = p->start[i], first = p->gap_index[i], last = p->gap_index[i + 1];
  if (last < first) USAGE("gap_index[%" PRIu64 "]: expected to rise", (uint64_t)i + 1);
  if (last > first && (!p->gap_start || !p->gap_end)) USAGE("buffers[%u].gaps: gap_start or gap_end is NULL", i);
  for (uint32_t g = first; g < last; g++) {
    uint32_t start = p->gap_start[g], end = p->gap_end[g];
    if (start <= from) USAGE("buffers[%u].gaps[%u]: expected to begin after %u, got %u", i, g - first, from, start);
    if (end <= start || end >= p->end[i])
      USAGE("buffers[%u].gaps[%u]: expected to end after its begin (%u) and before %u, got %u", i, g - first, start,
          p->end[i], end);
    from = end;
  }
}

void stowage_problem_check(const stowage_problem *p, stowage_error *error) {
  if (!is_alignment(p->default_alignment))
    USAGE("alignment: expected a power of two of bytes, got %" PRIu64, p->default_alignment);
  if (p->count && (!p->start || !p->end || !p->size)) USAGE("buffers: start, end or size is NULL");
  if (p->gap_index && p->gap_index[0] != 0) USAGE("gap_index[0]: expected 0, got %u", p->gap_index[0]);
  uint64_t total = 0;
  for (uint32_t i = 0; i < p->count && !error->code; i++) {
    check_bytes(p, i, error);
    if (p->end[i] < p->start[i])
      USAGE("buffers[%u].end: expected at least start (%u), got %u", i, p->start[i], p->end[i]);
    if (p->gap_index) check_gaps(p, i, error);
    total += p->size[i];
    if (total > MOST_TOTAL) USAGE("the sizes up to buffers[%u] sum to more than 2^62 bytes, the most that can be planned", i);
  }
}

void stowage_problem_check_fixed(const stowage_problem *p, stowage_error *error) {
  for (uint32_t i = 0; p->fixed && i < p->count && !error->code; i++) {
    uint64_t alignment = stowage_alignment_of(p, i);
    if (p->fixed[i] >= 0 && (uint64_t)p->fixed[i] % alignment)
      USAGE("buffers[%u].offset: expected a multiple of its alignment (%" PRIu64 "), got %" PRId64, i, alignment,
          p->fixed[i]);
  }
}

bool stowage_is_live(const stowage_problem *p, uint32_t i) { return p->size[i] > 0 && p->end[i] > p->start[i]; }

void stowage_live_open(stowage_live *live, const stowage_problem *p, stowage_error *error) {
  *live = (stowage_live){0};
  if (error->code) return;
  for (uint32_t i = 0; i < p->count; i++) live->count += stowage_is_live(p, i);
  if (live->count == 0) return;
  live->index = malloc(sizeof(uint32_t) * live->count);
  for (size_t k = 0; !live->core && k < sizeof LESS / sizeof *LESS; k++)
    live->core = stowage_instance_new(sizeof(w2c_core), LESS[k]);
  if (!live->index || !live->core)
    return stowage_fail(error, STOWAGE_MEMORY_ERROR, "planning %u buffers: this process gets no memory for it", p->count);
  for (uint32_t i = 0, k = 0; i < p->count; i++)
    if (stowage_is_live(p, i)) live->index[k++] = i;
  wasm2c_core_instantiate(live->core);
}

void stowage_live_close(stowage_live *live) {
  if (live->core) stowage_instance_delete(live->core, sizeof(w2c_core));
  free(live->index);
}

static void *at(const stowage_live *live, uint32_t address) { return live->core->w2c_memory.data + address; }

static void *column(const stowage_live *live, int word) { return at(live, ((uint32_t *)at(live, live->at))[word]); }

static uint32_t gaps_of(const stowage_problem *p, uint32_t i) {
  return p->gap_index ? p->gap_index[i + 1] - p->gap_index[i] : 0;
}

static void load_gaps(const stowage_live *live, const stowage_problem *p) {
  uint32_t *index = column(live, GAP_INDEX), *start = column(live, GAP_START), *end = column(live, GAP_END), gaps = 0;
  for (uint32_t k = 0; k < live->count; k++) {
    uint32_t i = live->index[k], own = gaps_of(p, i);
    index[k] = gaps;
    for (uint32_t g = 0; g < own; g++, gaps++) {
      start[gaps] = p->gap_start[p->gap_index[i] + g];
      end[gaps] = p->gap_end[p->gap_index[i] + g];
    }
  }
  index[live->count] = gaps;
}

void stowage_live_load(stowage_live *live, const stowage_problem *p) {
  uint32_t gaps = 0;
  for (uint32_t k = 0; k < live->count; k++) gaps += gaps_of(p, live->index[k]);
  live->at = w2c_core_problem(live->core, live->count, gaps);
  uint32_t *start = column(live, START), *end = column(live, END);
  double *size = column(live, SIZE), *alignment = column(live, ALIGNMENT), *offset = column(live, OFFSET);
  for (uint32_t k = 0; k < live->count; k++) {
    uint32_t i = live->index[k];
    start[k] = p->start[i];
    end[k] = p->end[i];
    size[k] = (double)p->size[i];
    alignment[k] = (double)stowage_alignment_of(p, i);
    offset[k] = p->fixed ? (double)p->fixed[i] : -1;
  }
  load_gaps(live, p);
  w2c_core_seal(live->core, live->at);
}

double *stowage_live_offsets(const stowage_live *live) { return column(live, CROSSING); }

uint32_t stowage_live_verify(const stowage_live *live, double capacity, stowage_violation *found, uint32_t most) {
  uint32_t mark = w2c_core_mark(live->core);
  const uint32_t *violations = at(live, w2c_core_verify(live->core, live->at, capacity, most));
  uint32_t count = violations[0];
  const uint32_t *triple = at(live, violations[2]);
  for (uint32_t k = 0; k < count; k++, triple += 3) {
    uint32_t b = triple[2] == UINT32_MAX ? UINT32_MAX : live->index[triple[2]];
    found[k] = (stowage_violation){triple[0], live->index[triple[1]], b};
  }
  w2c_core_release(live->core, mark);
  return count;
}

void stowage_live_trapped(const stowage_live *live, stowage_error *error) {
  if (w2c_core_fault(live->core))
    return stowage_fail(error, STOWAGE_MEMORY_ERROR,
        "planning %u buffers needs more memory than the 4 GiB (or less) that this process grants", live->count);
  stowage_fail(error, STOWAGE_CORE_ERROR, "the core trapped: a bug in stowage");
}
