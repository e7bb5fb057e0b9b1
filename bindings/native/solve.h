/** The policy of one solve of algorithm `auto`: `bindings/planner/solve.ts` and `incumbent.ts` in C. */
#ifndef STOWAGE_SOLVE_H
#define STOWAGE_SOLVE_H

#include "problem.h"

/** The best plan so far, and the proofs about it. */
typedef struct {
  const stowage_live *live;
  const stowage_problem *problem;
  stowage_error *error;
  /** Bytes; UINT64_MAX while there is no plan. */
  uint64_t peak, lower_bound;
  const char *algorithm;
  /** Offsets of the live buffers, bytes; counts the plans that were accepted. */
  double *offsets;
  uint32_t generation;
  /** Nodes spent, and those after which work ends. */
  int64_t nodes, end;
  bool is_limited;
  /** Whether a plan above 2^53 - 1 bytes was made: it is none, but the budget counts from then on. */
  bool is_beyond;
  /** The best plan of the tasks that run side by side, until all have run. */
  uint64_t found_peak;
  const char *found_algorithm;
  double *found_offsets;
} stowage_incumbent;

/** Solves the problem that the core holds. Both columns of offsets have room for the live buffers. */
void stowage_solve(stowage_incumbent *, const stowage_plan_options *);

#endif
