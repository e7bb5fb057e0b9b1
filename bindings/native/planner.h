/**
 * The planner: `core.wasm` made C, driven as `bindings/planner` drives it. Same problem, seed and node limit: the same plan,
 * byte for byte, as algorithm `auto` of the library. It needs no thread and keeps nothing between two calls.
 */
#ifndef STOWAGE_PLANNER_H
#define STOWAGE_PLANNER_H

#include <stddef.h>
#include <stdint.h>

/** Exported from the shared object. */
#define STOWAGE_API __attribute__((visibility("default")))

/** Buffers: lifetimes [start, end) in ticks, sizes in bytes, each up to 2^53 − 1. */
typedef struct {
  uint32_t count;
  const uint32_t *start, *end;
  const uint64_t *size;
  /** Bytes, powers of two, per buffer; 0, or NULL for all: `default_alignment`, which is 1 where it is 0. */
  const uint64_t *alignment;
  uint64_t default_alignment;
  /** Bytes, per buffer, −1 where free; NULL: all are free. */
  const int64_t *fixed;
  /** Buffer i has the gaps `gap_index[i]` … `gap_index[i + 1]` − 1; NULL: there are none. */
  const uint32_t *gap_index, *gap_start, *gap_end;
} stowage_problem;

typedef struct {
  /** Nodes (buffers placed) at most; 0: what the library spends where nothing is limited. */
  uint64_t node_limit;
  uint32_t seed;
} stowage_plan_options;

enum { STOWAGE_OPTIMAL, STOWAGE_FEASIBLE };

/** What a call returns where it fails. */
enum {
  /** The problem breaks a rule: the text names the buffer. Also for fixed offsets that collide: no plan exists. */
  STOWAGE_USAGE_ERROR = 1,
  /** The host grants less memory than the problem needs. */
  STOWAGE_MEMORY_ERROR,
  /** A bug in stowage: the core trapped, or a plan was refused by `verify`. */
  STOWAGE_CORE_ERROR,
};

typedef struct {
  /** Bytes. */
  uint64_t peak, lower_bound;
  uint64_t nodes;
  uint32_t status;
  /** Name of the algorithm that found the plan, as the library's; constant. */
  const char *algorithm;
} stowage_plan_result;

/**
 * Plans, and verifies by code that shares nothing with the solvers. `offsets`: `count` of them, bytes; 0 for a buffer
 * without size or lifetime. Options NULL: no limit of nodes, and seed 1, as the library's.
 * @returns 0; else one of the errors, with its text in `why`, and neither offsets nor result are written
 */
STOWAGE_API int stowage_plan(
    const stowage_problem *, const stowage_plan_options *, uint64_t *offsets, stowage_plan_result *, char *why, size_t room);

/**
 * One way in which offsets break the rules; `kind` counts the library's VIOLATION_KINDS. `a` and `b` are buffers; `b` is
 * UINT32_MAX but for an overlap.
 */
typedef struct {
  uint32_t kind, a, b;
} stowage_violation;

/**
 * Checks offsets in bytes, and a capacity in bytes (UINT64_MAX: none).
 * @returns violations found, at most `most`, which the caller has room for; minus an error, with its text in `why`
 */
STOWAGE_API int64_t stowage_verify(const stowage_problem *, const uint64_t *offsets, uint64_t capacity,
    stowage_violation *, uint32_t most, char *why, size_t room);

#endif
