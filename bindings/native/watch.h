/**
 * When iterations of a signature are recorded: the first after some to warm up, then again while reality differs from the
 * plan, ever more rarely where that is of no use. As `bindings/runtime/signature-plan.ts` does it, except `wait`: planning here
 * is part of the step.
 */
#ifndef STOWAGE_WATCH_H
#define STOWAGE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed: nothing is known. */
typedef struct {
  /** Iterations begun without a profile; plans installed. */
  uint32_t seen, plans;
  /** Iterations that are still recorded; recordings in vain, of late; iterations that pass unwatched. */
  uint32_t watched, futile, pause;
  /** Iterations until the next plan may be made: twice as many after each, so that planning never takes most of the time. */
  uint32_t wait;
  /** Whether the profile has changed since it was planned; whether the plan is given and nothing is learned. */
  bool is_stale, is_fixed;
} stowage_watch;

/** Whether the iteration that begins is to be recorded. */
bool stowage_watch_wants_recording(stowage_watch *, uint32_t warm, bool has_profile);
/** An iteration has ended. @returns whether a plan is to be made now */
bool stowage_watch_ended(
    stowage_watch *, uint32_t fallbacks, bool was_recorded, bool has_profile, bool is_changed, bool is_larger);
/** There is a plan for the profile. */
void stowage_watch_planned(stowage_watch *);
/** None can be had: recording pauses. */
void stowage_watch_declined(stowage_watch *);

#endif
