/**
 * Lanes: the server of one thread and signature on the CPU, and its arena. All arenas are spans of one reservation of address
 * space, so that a free finds its lane by a shift.
 */
#ifndef STOWAGE_LANE_H
#define STOWAGE_LANE_H

#include <pthread.h>

#include "server.h"

typedef struct stowage_lane {
  stowage_server *server;
  /** First byte of the span. */
  char *base;
  /** The thread that serves from it: an address of its own; NULL where that thread has ended. */
  void *owner;
  /** Blocks that other threads freed: a stack, linked through the blocks' first words. */
  void *remote;
  uint32_t signature;
  /** Bytes that are accessible, and whether they were made present. */
  uint64_t bytes;
  bool is_present;
  /** Iterations begun with a plan; the owner's iteration of the last one. */
  uint64_t iterations, last;
  /** Bytes that its iterations asked for and were served from elsewhere, since there is a plan. */
  uint64_t elsewhere_bytes;
  /** Whether the present iteration is recorded: then the server is used under the lock of recordings. */
  bool is_recorded;
  /** Whether it is in its thread's list; whether it was offered a plan of another thread. */
  bool is_listed, is_supplied;
  struct stowage_lane *next, *next_recorder;
  /** Why the last plan was not made or not served; under the lock of plans. */
  char why[256];
  /** Figures of the owner's last iteration, for other threads: its tables change while they would be read. Atomic. */
  struct {
    uint64_t counters[STOWAGE_NUM_COUNTERS], elsewhere_bytes, iterations;
    uint32_t live;
  } shown;
} stowage_lane;

/** The reservation: NULL, 0 until `stowage_lanes_reserve`. */
extern char *stowage_space;
extern uint64_t stowage_space_bytes;
extern uint32_t stowage_span_bits;
extern stowage_lane stowage_lanes[];
/** Lanes there are; none goes away. */
uint32_t stowage_lanes_count(void);

/** Reserves address space, less where there is little. @param cap bytes of all arenas together. @returns false for none */
bool stowage_lanes_reserve(uint64_t cap);
/** The lane of this thread and signature: its own, one whose thread has ended, or a new one; NULL where none is left. */
stowage_lane *stowage_lane_of(void *owner, stowage_lane *own, uint32_t signature, const stowage_server_options *);
typedef enum { STOWAGE_NOT_REFUSED, STOWAGE_NO_MEMORY, STOWAGE_NO_SPAN } stowage_refusal;
/** Why `stowage_lane_of` has just returned NULL. */
stowage_refusal stowage_lane_refusal(void);
void stowage_lane_explain(stowage_refusal, char *why, size_t room);
/** Makes the arena at least so large. @returns false, with `why`, above the cap or the span */
bool stowage_lane_open(stowage_lane *, stowage_lane *own, uint64_t bytes, char *why, size_t room);
/** Before an iteration that a plan serves: an arena that is used again is made present, in huge pages where large. */
void stowage_lane_use(stowage_lane *, uint64_t iteration);
/** Gives the pages of idle lanes back to the system, unless a block in them is live. */
void stowage_lanes_trim(stowage_lane *own, uint64_t iteration);
/** Takes the blocks that other threads freed. */
void stowage_lane_drain(stowage_lane *);
/** Bytes of arenas that are accessible and not given back. */
uint64_t stowage_lanes_bytes(void);

#endif
