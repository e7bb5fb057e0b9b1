/**
 * Serves the allocations of one thread or device from plans, by `runtime.wasm` made C, and learns these plans: it records
 * iterations, keeps per signature a profile of what they allocate, and has that planned.
 *
 * It hands out offsets into an arena and touches no byte of it, so the arena can be any memory. A server is used by one
 * thread at a time: its owner holds a lock, or is that thread.
 *
 * Calls may come in any order, as docs/runtime.md says for those of the module. Where they do not belong: `begin` within an
 * iteration ends that one, and nothing is learned of it; `end` and `cancel` outside do nothing; an offset that no live block has is
 * refused; an interruption lasts until `resume` or the end of an iteration. `take` and `give` are for iterations that are not
 * recorded. Signatures are below 65,536: for others there is no plan, and none is learned.
 */
#ifndef STOWAGE_SERVER_H
#define STOWAGE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "planner.h"
#include "profile.h"

typedef struct stowage_server stowage_server;

/** No offset: the caller serves this allocation from elsewhere. */
#define STOWAGE_NOWHERE UINT64_MAX

/** The plan of a signature. Immutable once made; servers share it by references. */
typedef struct {
  uint32_t count;
  /** Bytes that offsets are multiples of. */
  uint32_t unit;
  /** Bytes of the arena, those no plan can undercut, and whether they are equal, of rows of one key apart from others. */
  uint64_t peak, lower_bound;
  bool optimal;
  uint32_t references;
  stowage_row rows[];
} stowage_step_plan;

/** A plan of `count` rows, offsets unset, with one reference. NULL where memory is short. */
stowage_step_plan *stowage_step_plan_new(uint32_t count, uint32_t unit);
/** A plan that was made elsewhere, verified; NULL, with `why`, where it is refused. */
STOWAGE_API stowage_step_plan *stowage_step_plan_of(uint32_t count, uint32_t unit, const stowage_row *rows, uint64_t peak,
    uint64_t lower_bound, char *why, size_t room);
void stowage_step_plan_keep(stowage_step_plan *);
STOWAGE_API void stowage_step_plan_drop(stowage_step_plan *);
/** Plans the rows that end: every key in a range of its own. `node_limit`: see `planner.h`. @returns false, with `why` */
bool stowage_step_plan_make(stowage_step_plan *, uint64_t node_limit, char *why, size_t room);
/** Whether offsets are multiples of the unit, within the peak, and no two rows share a byte while both are live. */
bool stowage_step_plan_verify(const stowage_step_plan *, char *why, size_t room);

typedef struct {
  /** Bytes that offsets are multiples of, a power of two: 64, or 512 for CUDA. */
  uint32_t unit;
  /** Iterations of a signature that pass before the first is recorded. */
  uint32_t warm;
  /** Nodes that planning spends at most; 0 for the planner's own limit. */
  uint64_t node_limit;
} stowage_server_options;

/** NULL where memory is short. */
stowage_server *stowage_server_new(const stowage_server_options *);
void stowage_server_delete(stowage_server *);

/** An iteration begins. @returns whether a plan serves it */
bool stowage_server_begin(stowage_server *, uint32_t signature);
/** Offset in the arena, or STOWAGE_NOWHERE; the caller then allocates elsewhere and, while recording, reports the block. */
uint64_t stowage_server_malloc(stowage_server *, uint32_t key, uint64_t bytes);
/** @returns false where no live block begins at that offset: nothing has changed */
bool stowage_server_free(stowage_server *, uint64_t offset);
/** The same, for a block that another thread has freed. */
bool stowage_server_reclaim(stowage_server *, uint64_t offset);

/**
 * The two as the module has them, while nothing is recorded: sizes and offsets are numbers, 16 for each unit, offsets count
 * from 16, and 0 is no offset. For callers that have a unit as a constant.
 */
uint32_t stowage_server_take(stowage_server *, uint32_t key, uint32_t size);
bool stowage_server_give(stowage_server *, uint32_t number);
#define STOWAGE_FIRST 16u
/**
 * The iteration ends. @returns whether a signature now wants a plan: `stowage_server_replan` makes it; until then nothing is
 * lost by waiting.
 */
bool stowage_server_end(stowage_server *);
/** The iteration ends by an error: nothing is learned of it. */
void stowage_server_cancel(stowage_server *);

/** Whether this iteration is recorded: then blocks from elsewhere are reported. */
bool stowage_server_is_recording(const stowage_server *);
/** A block for the last allocation came from elsewhere; and one such block was freed. */
void stowage_server_elsewhere(stowage_server *, const void *block);
void stowage_server_freed_elsewhere(stowage_server *, const void *block);
/** Between interrupt and resume, allocations concern neither plan nor recording. */
void stowage_server_interrupt(stowage_server *);
void stowage_server_resume(stowage_server *);

/**
 * Makes the plan that the last ended iteration's signature wants, from its profile, verified.
 * @returns the plan, whose reference is the caller's; NULL, with `why`, where none can be made: recording then pauses
 */
stowage_step_plan *stowage_server_replan(stowage_server *, char *why, size_t room);
/** The caller has no arena for the plan of a signature: the plan before goes on, and recording pauses. */
void stowage_server_decline(stowage_server *, uint32_t signature);
/**
 * Serves a signature from a plan from the next iteration on, in the arena [origin, origin + peak) of the offsets that
 * `stowage_server_malloc` returns. Plans whose ranges overlap never serve while blocks of the other are live.
 * @returns false, with `why`: the plan is refused, and the one before goes on
 */
bool stowage_server_install(
    stowage_server *, uint32_t signature, stowage_step_plan *, uint64_t origin, char *why, size_t room);

/** The plan of a signature is given: nothing is recorded and learned of it. */
void stowage_server_fix(stowage_server *, uint32_t signature);

/** The plan that serves a signature, or NULL. */
const stowage_step_plan *stowage_server_plan_of(const stowage_server *, uint32_t signature);
/** Blocks from the arena that callers hold. */
uint32_t stowage_server_live(const stowage_server *);
/** Fallbacks of the last iteration: allocations with a plan that were served from elsewhere. */
uint32_t stowage_server_misses(const stowage_server *);

/** Counters of `assembly/runtime/status.ts`, in that order. */
enum {
  STOWAGE_SERVED,
  STOWAGE_LARGER,
  STOWAGE_BLOCKED,
  STOWAGE_EXTRA,
  STOWAGE_UNKNOWN,
  STOWAGE_UNMANAGED,
  STOWAGE_UNPLANNED,
  STOWAGE_MISSING,
  STOWAGE_FAILED,
  STOWAGE_STRAYS,
  STOWAGE_REMOTE,
  STOWAGE_BROKEN,
  STOWAGE_BYPASSED,
  STOWAGE_NUM_COUNTERS,
};
/**
 * Copies them; those of the present iteration are not in `served` yet. It only reads, so another thread than the owner may
 * call it and see figures of a moment.
 */
void stowage_server_counters(const stowage_server *, uint64_t counters[STOWAGE_NUM_COUNTERS]);

/** The rows of the last recording of a signature, with their bytes as asked for; NULL where there is none. */
const stowage_row *stowage_server_recorded(const stowage_server *, uint32_t signature, uint32_t *count);

#endif
