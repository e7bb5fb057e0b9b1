/** When iterations are recorded. */
#include "watch.h"

enum {
  /** Iterations without a fallback after which recording stops: a case that occurs once in so many is still seen. */
  QUIET = 32,
  /** Most iterations, as a power of two, that pass unwatched after looking was of no use, or between two plans. */
  LONGEST_PAUSE = 10,
};

bool stowage_watch_wants_recording(stowage_watch *watch, uint32_t warm, bool has_profile) {
  if (watch->is_fixed || watch->pause > 0) return false;
  if (!has_profile) return watch->seen++ >= warm;
  return watch->watched > 0;
}

bool stowage_watch_ended(stowage_watch *watch, uint32_t fallbacks, bool was_recorded, bool has_profile, bool is_changed,
    bool is_larger) {
  if (watch->is_fixed) return false;
  if (is_changed) {
    watch->futile = 0;
    watch->pause = 0;
    watch->watched = QUIET;
  }
  watch->is_stale |= is_changed || is_larger;
  if (watch->wait > 0) watch->wait--;
  if (watch->pause > 0) {
    watch->pause--;
  } else if (has_profile && !watch->is_stale) {
    if (fallbacks == 0) {
      if (was_recorded && watch->watched > 0) watch->watched--;
    } else if (!was_recorded) {
      watch->watched = QUIET;
    } else {
      if (watch->futile < LONGEST_PAUSE) watch->futile++;
      watch->watched = 0;
      watch->pause = 1u << watch->futile;
    }
  }
  return watch->is_stale && watch->pause == 0 && watch->wait == 0;
}

void stowage_watch_planned(stowage_watch *watch) {
  watch->plans++;
  watch->is_stale = false;
  watch->watched = watch->plans == 1 ? 0 : QUIET;
  if (watch->plans > 1) watch->wait = 1u << (watch->plans < LONGEST_PAUSE ? watch->plans : LONGEST_PAUSE);
}

void stowage_watch_declined(stowage_watch *watch) {
  watch->is_stale = false;
  watch->futile = LONGEST_PAUSE;
  watch->watched = 0;
  watch->pause = 1u << LONGEST_PAUSE;
}
