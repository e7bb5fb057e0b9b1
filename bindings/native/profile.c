/** Profiles: recorded iterations, joined. */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

static uint32_t max(uint32_t a, uint32_t b) { return a > b ? a : b; }

void stowage_profile_clear(stowage_profile *profile) {
  free(profile->rows);
  *profile = (stowage_profile){0, NULL};
}

typedef struct {
  uint32_t key, row;
} keyed;

static int by_key(const void *a, const void *b) {
  const keyed *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

/** The rows, those of a key together, in their order. */
static keyed *sorted(const stowage_profile *profile) {
  keyed *all = malloc((profile->count + 1) * sizeof *all);
  if (!all) return NULL;
  for (uint32_t i = 0; i < profile->count; i++) all[i] = (keyed){profile->rows[i].key, i};
  qsort(all, profile->count, sizeof *all, by_key);
  return all;
}

/** Sets, per row of `seen`, the known row with the same key and number within the key, or STOWAGE_OPEN. */
static bool match(const stowage_profile *known, const stowage_profile *seen, uint32_t *known_of) {
  keyed *a = sorted(known), *b = sorted(seen);
  bool done = a && b;
  for (uint32_t i = 0, k = 0; done && i < seen->count; i++) {
    while (k < known->count && a[k].key < b[i].key) k++;
    bool is_matched = k < known->count && a[k].key == b[i].key;
    known_of[b[i].row] = is_matched ? a[k++].row : STOWAGE_OPEN;
  }
  free(a);
  free(b);
  return done;
}

/**
 * Where the rows of both go: those that `seen` alone has go behind the known row that they followed there.
 * @returns how many rows that makes
 */
static uint32_t interleave(uint32_t known, uint32_t seen, const uint32_t *known_of, uint32_t *of_known, uint32_t *of_seen) {
  uint32_t after = 0, place = 0, next = 0;
  // of a row that is alone: the known row it goes before, in `of_seen` for now; these never fall
  for (uint32_t i = 0; i < seen; i++) {
    if (known_of[i] != STOWAGE_OPEN) after = max(after, known_of[i] + 1);
    else of_seen[i] = after;
  }
  for (uint32_t i = 0; i <= known; i++) {
    for (; next < seen && (known_of[next] != STOWAGE_OPEN || of_seen[next] == i); next++)
      if (known_of[next] == STOWAGE_OPEN) of_seen[next] = place++;
    if (i < known) of_known[i] = place++;
  }
  for (uint32_t i = 0; i < seen; i++)
    if (known_of[i] != STOWAGE_OPEN) of_seen[i] = of_known[known_of[i]];
  return place;
}

/**
 * Takes over the rows of one profile at their places: the larger size, and the later end, which is before the row that it
 * was before and, where the order has changed, behind all rows that it was behind.
 */
static void settle(const stowage_profile *from, const uint32_t *places, uint32_t *reached, stowage_profile *joined) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < from->count; i++) reached[i] = most = max(most, places[i]);
  for (uint32_t i = 0; i < from->count; i++) {
    const stowage_row *row = &from->rows[i];
    stowage_row *to = &joined->rows[places[i]];
    uint32_t end = row->end;
    if (end == from->count) end = joined->count;
    else if (end != STOWAGE_OPEN) end = max(places[end], end > 0 ? reached[end - 1] + 1 : 0);
    to->key = row->key;
    to->end = max(to->end, end);
    if (row->size > to->size) to->size = row->size;
  }
}

static bool are_equal(const stowage_profile *a, const stowage_profile *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    const stowage_row *x = &a->rows[i], *y = &b->rows[i];
    if (x->key != y->key || x->end != y->end || x->size != y->size) return false;
  }
  return true;
}

bool stowage_profile_widen(stowage_profile *known, const stowage_profile *seen) {
  uint32_t n = known->count, m = seen->count, length = n + m + 1;
  uint32_t *room = malloc(4 * (size_t)length * sizeof *room);
  stowage_profile joined = {0, NULL};
  bool is_changed = false;
  if (!room) return false;
  uint32_t *known_of = room, *of_known = room + length, *of_seen = room + 2 * (size_t)length, *reached = room + 3 * (size_t)length;
  if (match(known, seen, known_of)) {
    joined.count = interleave(n, m, known_of, of_known, of_seen);
    joined.rows = calloc(joined.count + 1, sizeof *joined.rows);
  }
  if (joined.rows) {
    settle(known, of_known, reached, &joined);
    settle(seen, of_seen, reached, &joined);
    is_changed = !are_equal(known, &joined);
  }
  free(room);
  if (is_changed) {
    stowage_profile_clear(known);
    *known = joined;
  } else {
    free(joined.rows);
  }
  return is_changed;
}
