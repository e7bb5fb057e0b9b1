/** Plans of one iteration: made key by key, each in a range of its own, and verified as a whole. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

static bool fail(char *why, size_t room, const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(why, room, format, values);
  va_end(values);
  return false;
}

static uint64_t up(uint64_t bytes, uint32_t unit) { return (bytes + unit - 1) / unit * unit; }

stowage_step_plan *stowage_step_plan_new(uint32_t count, uint32_t unit) {
  stowage_step_plan *plan = calloc(1, sizeof *plan + count * sizeof plan->rows[0]);
  if (!plan) return NULL;
  plan->count = count;
  plan->unit = unit;
  plan->references = 1;
  return plan;
}

void stowage_step_plan_keep(stowage_step_plan *plan) { __atomic_add_fetch(&plan->references, 1, __ATOMIC_RELAXED); }

void stowage_step_plan_drop(stowage_step_plan *plan) {
  if (plan && __atomic_sub_fetch(&plan->references, 1, __ATOMIC_ACQ_REL) == 0) free(plan);
}

/** Columns of the problem of one key, and the row of each buffer. */
typedef struct {
  uint32_t *start, *end, *row;
  uint64_t *size, *offset;
} columns;

static bool take_columns(columns *c, uint32_t count) {
  c->start = malloc(3 * ((size_t)count + 1) * sizeof *c->start);
  c->size = malloc(2 * ((size_t)count + 1) * sizeof *c->size);
  if (!c->start || !c->size) return false;
  c->end = c->start + count + 1;
  c->row = c->end + count + 1;
  c->offset = c->size + count + 1;
  return true;
}

/** Plans the rows of a key from `plan->peak` on. */
static bool plan_key(stowage_step_plan *plan, uint32_t key, columns *c, uint64_t node_limit, char *why, size_t room) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < plan->count; i++) {
    const stowage_row *row = &plan->rows[i];
    if (row->key != key || row->end == STOWAGE_OPEN) continue;
    c->start[n] = i, c->end[n] = row->end, c->size[n] = up(row->size, plan->unit), c->row[n++] = i;
  }
  if (n == 0) return true;
  stowage_problem problem = {.count = n, .start = c->start, .end = c->end, .size = c->size, .default_alignment = plan->unit};
  stowage_plan_options options = {.node_limit = node_limit, .seed = 1};
  stowage_plan_result result;
  if (stowage_plan(&problem, &options, c->offset, &result, why, room)) return false;
  for (uint32_t k = 0; k < n; k++) plan->rows[c->row[k]].offset = plan->peak + c->offset[k];
  plan->peak += up(result.peak, plan->unit);
  plan->lower_bound += result.lower_bound;
  plan->optimal = plan->optimal && result.status == STOWAGE_OPTIMAL;
  return true;
}

bool stowage_step_plan_make(stowage_step_plan *plan, uint64_t node_limit, char *why, size_t room) {
  columns c = {0};
  plan->peak = plan->lower_bound = 0;
  plan->optimal = true;
  bool done = take_columns(&c, plan->count);
  if (!done) fail(why, room, "no memory to plan %u allocations", plan->count);
  for (uint32_t i = 0; done && i < plan->count; i++) {
    uint32_t key = plan->rows[i].key, before = 0;
    while (before < i && plan->rows[before].key != key) before++;
    if (before == i) done = plan_key(plan, key, &c, node_limit, why, room);
  }
  free(c.start);
  free(c.size);
  return done && stowage_step_plan_verify(plan, why, room);
}

/** A point of time at which a row begins or ends; ends come first. */
typedef struct {
  uint32_t tick;
  bool is_begin;
  uint32_t row;
} event;

static int by_time(const void *a, const void *b) {
  const event *x = a, *y = b;
  if (x->tick != y->tick) return x->tick < y->tick ? -1 : 1;
  return (int)x->is_begin - (int)y->is_begin;
}

/** Live rows in order of offset: the index of the first that begins at or above `offset`. */
static uint32_t place_of(const stowage_row *rows, const uint32_t *live, uint32_t count, uint64_t offset) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (rows[live[middle]].offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

static uint64_t top_of(const stowage_step_plan *plan, uint32_t row) {
  return plan->rows[row].offset + up(plan->rows[row].size, plan->unit);
}

/** Puts a row among the live ones. @returns a live row that shares bytes with it, or STOWAGE_OPEN */
static uint32_t begin_row(const stowage_step_plan *plan, uint32_t row, uint32_t *live, uint32_t *count) {
  uint32_t at = place_of(plan->rows, live, *count, plan->rows[row].offset);
  if (at < *count && plan->rows[live[at]].offset < top_of(plan, row)) return live[at];
  if (at > 0 && top_of(plan, live[at - 1]) > plan->rows[row].offset) return live[at - 1];
  memmove(live + at + 1, live + at, (*count - at) * sizeof *live);
  live[at] = row;
  ++*count;
  return STOWAGE_OPEN;
}

static void end_row(const stowage_step_plan *plan, uint32_t row, uint32_t *live, uint32_t *count) {
  uint32_t at = place_of(plan->rows, live, *count, plan->rows[row].offset);
  memmove(live + at, live + at + 1, (*count - at - 1) * sizeof *live);
  --*count;
}

/** Whether each row by itself is within the arena, and of some lifetime. */
static bool verify_rows(const stowage_step_plan *plan, char *why, size_t room) {
  for (uint32_t i = 0; i < plan->count; i++) {
    const stowage_row *row = &plan->rows[i];
    if (row->end == STOWAGE_OPEN) continue;
    if (row->end <= i || row->end > plan->count)
      return fail(why, room, "row %u: expected an end from %u to %u, got %u", i, i + 1, plan->count, row->end);
    if (row->size == 0) return fail(why, room, "row %u: expected a size above 0", i);
    if (row->offset % plan->unit != 0)
      return fail(why, room, "row %u: offset %llu is no multiple of %u", i, (unsigned long long)row->offset, plan->unit);
    if (row->size > plan->peak || row->offset > plan->peak - row->size || top_of(plan, i) > plan->peak)
      return fail(why, room, "row %u: %llu bytes at %llu are beyond the arena of %llu", i, (unsigned long long)row->size,
          (unsigned long long)row->offset, (unsigned long long)plan->peak);
  }
  return true;
}

typedef struct {
  uint64_t offset, top;
  uint32_t key, row;
} span;

static int by_offset(const void *a, const void *b) {
  const span *x = a, *y = b;
  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/** Whether rows of different keys share no byte, at whatever time: streams know no common order. */
static bool verify_keys(const stowage_step_plan *plan, char *why, size_t room) {
  span *spans = malloc(((size_t)plan->count + 1) * sizeof *spans);
  if (!spans) return fail(why, room, "no memory to verify %u allocations", plan->count);
  uint32_t number = 0;
  for (uint32_t i = 0; i < plan->count; i++)
    if (plan->rows[i].end != STOWAGE_OPEN)
      spans[number++] = (span){plan->rows[i].offset, top_of(plan, i), plan->rows[i].key, i};
  qsort(spans, number, sizeof *spans, by_offset);
  // the one that ends last; a row of another key that began before it ends before it begins
  span highest = {0};
  bool is_valid = true;
  for (uint32_t i = 0; is_valid && i < number; i++) {
    if (spans[i].key != highest.key && spans[i].offset < highest.top)
      is_valid = fail(why, room, "rows %u and %u of the keys %u and %u share bytes", highest.row, spans[i].row, highest.key,
          spans[i].key);
    if (spans[i].top > highest.top) highest = spans[i];
  }
  free(spans);
  return is_valid;
}

bool stowage_step_plan_verify(const stowage_step_plan *plan, char *why, size_t room) {
  if (!verify_rows(plan, why, room) || !verify_keys(plan, why, room)) return false;
  event *events = malloc((2 * (size_t)plan->count + 1) * sizeof *events);
  uint32_t *live = malloc(((size_t)plan->count + 1) * sizeof *live);
  uint32_t number = 0, count = 0;
  bool is_valid = events && live;
  if (!is_valid) fail(why, room, "no memory to verify %u allocations", plan->count);
  for (uint32_t i = 0; is_valid && i < plan->count; i++) {
    if (plan->rows[i].end == STOWAGE_OPEN) continue;
    events[number++] = (event){i, true, i};
    events[number++] = (event){plan->rows[i].end, false, i};
  }
  if (is_valid) qsort(events, number, sizeof *events, by_time);
  for (uint32_t i = 0; is_valid && i < number; i++) {
    uint32_t row = events[i].row;
    if (!events[i].is_begin) {
      end_row(plan, row, live, &count);
      continue;
    }
    uint32_t other = begin_row(plan, row, live, &count);
    if (other != STOWAGE_OPEN) is_valid = fail(why, room, "rows %u and %u share bytes while both are live", other, row);
  }
  free(events);
  free(live);
  return is_valid;
}

stowage_step_plan *stowage_step_plan_of(uint32_t count, uint32_t unit, const stowage_row *rows, uint64_t peak,
    uint64_t lower_bound, char *why, size_t room) {
  if (unit == 0 || unit & (unit - 1))
    return fail(why, room, "expected units of a power of two of bytes, got %u", unit), NULL;
  stowage_step_plan *plan = stowage_step_plan_new(count, unit);
  if (!plan) return fail(why, room, "no memory for a plan of %u allocations", count), NULL;
  memcpy(plan->rows, rows, count * sizeof *rows);
  plan->peak = up(peak, unit);
  plan->lower_bound = lower_bound;
  plan->optimal = peak == lower_bound;
  if (stowage_step_plan_verify(plan, why, room)) return plan;
  stowage_step_plan_drop(plan);
  return NULL;
}
