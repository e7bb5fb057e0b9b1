/** What one iteration of a signature allocates: the first recording makes it, later ones widen it. */
#ifndef STOWAGE_PROFILE_H
#define STOWAGE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

/** One allocation of an iteration; its clock ticks at every row. */
typedef struct {
  /** Kind of the allocation; the stream of a device. Rows of different keys share no byte. */
  uint32_t key;
  /** Rows there had been when the block was freed; STOWAGE_OPEN where it outlives its iteration and is not planned. */
  uint32_t end;
  /** Bytes. */
  uint64_t size;
  /** Bytes from the start of the arena; in plans alone. */
  uint64_t offset;
} stowage_row;
#define STOWAGE_OPEN UINT32_MAX

typedef struct {
  uint32_t count;
  stowage_row *rows;
} stowage_profile;

/**
 * Widens a profile by a recorded iteration: every row of both, matched by key and number within the key, the larger size,
 * the later end. As `widen` of `bindings/runtime/profile.ts`. @returns whether it changed; false, too, if memory is short
 */
bool stowage_profile_widen(stowage_profile *, const stowage_profile *seen);
void stowage_profile_clear(stowage_profile *);

#endif
