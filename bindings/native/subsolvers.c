#include "subsolvers.h"

#include <stdbool.h>

enum { SLICES_ALONE = 30, NODES_ALONE = 40000, FEW = 1000, MANY = 10000, VERY_MANY = 60000, SLICES = 30 };
enum { NODES_PER_BUFFER = 40, BEFORE_BEAMS = 200000, BEAM_SHARE = 4, DIVES_BESIDE = 4, TRIAL_SLICES = 3, HEURISTICS_OF_FEW = 27 };
enum { FIRST_HEURISTICS = 3, OPENING_NODES_PER_BUFFER = 8, SECOND_LNS_NODES_PER_BUFFER = 60 };

typedef struct {
  uint32_t most, count;
  stowage_kind kinds[STOWAGE_MOST_SUBSOLVERS];
} team;

/** By the number of buffers. */
static const team TEAMS[] = {
    {FEW, 6, {STOWAGE_EXACT, STOWAGE_DIVES, STOWAGE_DIVES, STOWAGE_DIVES, STOWAGE_BEAM, STOWAGE_BEAM}},
    {MANY, 4, {STOWAGE_EXACT, STOWAGE_CLASS_SWEEP, STOWAGE_LNS, STOWAGE_CLASS_SWEEP}},
    {VERY_MANY, 5, {STOWAGE_CLASS_SWEEP, STOWAGE_CLASS_SWEEP, STOWAGE_LNS, STOWAGE_LNS, STOWAGE_EXACT}},
    {UINT32_MAX, 3, {STOWAGE_CLASS_SWEEP, STOWAGE_CLASS_SWEEP, STOWAGE_EXACT}},
};

static uint64_t slice_of(stowage_kind kind, uint32_t count) {
  if (kind == STOWAGE_LNS) return 200000;
  if (kind == STOWAGE_CLASS_SWEEP) return count <= MANY ? 100000 : 200000;
  if (kind == STOWAGE_BEAM) return BEAM_SHARE * slice_of(STOWAGE_EXACT, count);
  // a million nodes divided by the buffers, rounded to the nearest, from 300 to 4,000
  uint64_t nodes = (2000000 + (uint64_t)count) / (2 * (uint64_t)count);
  return nodes < 300 ? 300 : nodes > 4000 ? 4000 : nodes;
}

static uint64_t worth_of(stowage_kind kind, uint32_t count) {
  uint64_t worth = SLICES * slice_of(kind == STOWAGE_BEAM ? STOWAGE_EXACT : kind, count), passes = (uint64_t)NODES_PER_BUFFER * count;
  return kind == STOWAGE_CLASS_SWEEP && passes > worth ? passes : worth;
}

uint32_t stowage_heuristics_before(uint32_t count, int64_t left) {
  if (count > VERY_MANY) return 0;
  if (count > MANY) return FIRST_HEURISTICS;
  if (count > FEW) return UINT32_MAX;
  int64_t needed = TRIAL_SLICES * (int64_t)slice_of(STOWAGE_EXACT, count) + (int64_t)HEURISTICS_OF_FEW * count;
  return left < needed ? UINT32_MAX : 1;
}

uint32_t stowage_batches_before_rest(uint32_t count, uint32_t heuristics_before) {
  return count <= FEW && heuristics_before == 1 ? TRIAL_SLICES : UINT32_MAX;
}

/** `before`: how many of the kind come earlier. */
static uint64_t after_for(stowage_kind kind, uint32_t before, stowage_kind first, uint32_t count) {
  if (first == STOWAGE_CLASS_SWEEP) {
    bool is_second_lns = kind == STOWAGE_LNS && before > 0;
    return (uint64_t)(is_second_lns ? SECOND_LNS_NODES_PER_BUFFER : OPENING_NODES_PER_BUFFER) * count;
  }
  if (kind == STOWAGE_BEAM) return BEFORE_BEAMS;
  uint64_t alone = SLICES_ALONE * slice_of(STOWAGE_EXACT, count);
  return alone < NODES_ALONE ? alone : NODES_ALONE;
}

uint32_t stowage_subsolvers_of(uint32_t count, uint32_t seed, stowage_subsolver of[STOWAGE_MOST_SUBSOLVERS]) {
  const team *team = TEAMS;
  while (count > team->most) team++;
  for (uint32_t k = 0; k < team->count; k++) {
    stowage_kind kind = team->kinds[k];
    uint32_t before = 0, all = 0, beams = 0;
    for (uint32_t other = 0; other < team->count; other++) {
      before += other < k && team->kinds[other] == kind;
      all += team->kinds[other] == kind;
      beams += team->kinds[other] == STOWAGE_BEAM;
    }
    uint64_t slice = slice_of(kind, count);
    of[k] = (stowage_subsolver){
        .kind = kind,
        .seed = seed + k * 0x9e3779b9u,
        .part = before,
        .parts = all,
        .slice = slice,
        .late_slice = kind == STOWAGE_DIVES && beams > 0 ? (slice + DIVES_BESIDE / 2) / DIVES_BESIDE : slice,
        .worth = worth_of(kind, count),
        .after = k == 0 ? 0 : after_for(kind, before, team->kinds[0], count),
    };
  }
  return team->count;
}
