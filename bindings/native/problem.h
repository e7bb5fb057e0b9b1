/** A problem of `planner.h`: its rules, and its buffers inside an instance of the core. */
#ifndef STOWAGE_PROBLEM_H
#define STOWAGE_PROBLEM_H

#include <stdbool.h>

#include "core.h"
#include "planner.h"

/** The largest number of bytes that the core's boundary carries. */
#define STOWAGE_MAX_BYTES (((uint64_t)1 << 53) - 1)

/** The first error of a call: code 0 while there is none. The text goes to the caller's buffer. */
typedef struct {
  int code;
  char *why;
  size_t room;
} stowage_error;

/** Keeps the first error. */
void stowage_fail(stowage_error *, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Alignment in force for a buffer, bytes. */
uint64_t stowage_alignment_of(const stowage_problem *, uint32_t i);
/** Checks the rules that `bindings/model/to-columns.ts` has. */
void stowage_problem_check(const stowage_problem *, stowage_error *);
/** Whether fixed offsets keep to the alignments: asked of problems that are planned. */
void stowage_problem_check_fixed(const stowage_problem *, stowage_error *);

/** The buffers of a problem that are ever live, in an instance of the core. */
typedef struct {
  w2c_core *core;
  /** Address of the problem's record in the core. */
  uint32_t at;
  uint32_t count;
  /** Of each: its index in the problem. */
  uint32_t *index;
} stowage_live;

/** Whether a buffer holds bytes at some time. */
bool stowage_is_live(const stowage_problem *, uint32_t i);
/** Lists the live buffers, and makes the instance; `stowage_live_close` is called in any case. */
void stowage_live_open(stowage_live *, const stowage_problem *, stowage_error *);
void stowage_live_close(stowage_live *);
/** Writes the live buffers into the core. Traps where the core gets too little memory. */
void stowage_live_load(stowage_live *, const stowage_problem *);
/** Offsets of the live buffers as they cross the boundary, bytes. */
double *stowage_live_offsets(const stowage_live *);
/** Checks these offsets; capacity −1: none. @returns violations, at most `most`, by indices of the problem in `found` */
uint32_t stowage_live_verify(const stowage_live *, double capacity, stowage_violation *found, uint32_t most);
/** The error of an instance that trapped. */
void stowage_live_trapped(const stowage_live *, stowage_error *);

#endif
