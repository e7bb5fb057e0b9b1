/** The subsolvers of algorithm `auto`: `bindings/planner/subsolvers.ts` in C, where each constant has its reason. */
#ifndef STOWAGE_SUBSOLVERS_H
#define STOWAGE_SUBSOLVERS_H

#include <stdint.h>

typedef enum { STOWAGE_EXACT, STOWAGE_DIVES, STOWAGE_BEAM, STOWAGE_CLASS_SWEEP, STOWAGE_LNS } stowage_kind;

typedef struct {
  stowage_kind kind;
  uint32_t seed;
  /** Its number among the `parts` of its kind, from 0. */
  uint32_t part, parts;
  /** Nodes between two syncs, and the same once all have joined; nodes to spend on it without a limit; nodes that the first subsolver gets alone. */
  uint64_t slice, late_slice, worth, after;
} stowage_subsolver;

enum { STOWAGE_MOST_SUBSOLVERS = 6 };

/** Heuristics of the portfolio that run before the subsolvers. @param left nodes of the budget: of few buffers all run if it is short */
uint32_t stowage_heuristics_before(uint32_t count, int64_t left);
/** Batches of the search after which those that are left run; UINT32_MAX where none are to run. */
uint32_t stowage_batches_before_rest(uint32_t count, uint32_t heuristics_before);
/** @returns how many there are */
uint32_t stowage_subsolvers_of(uint32_t count, uint32_t seed, stowage_subsolver of[STOWAGE_MOST_SUBSOLVERS]);

#endif
