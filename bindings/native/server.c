/** A server: one instance of `runtime.wasm`, made C, in the mode in which the bytes belong to another (FOREIGN). */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "row_map.h"
#include "watch.h"
#include "runtime.h"
// the fast paths go into the functions below
__attribute__((always_inline)) static inline u32 w2c_runtime_malloc_0(w2c_runtime *, u32, u32, u32);
__attribute__((always_inline)) static inline u32 w2c_runtime_free_0(w2c_runtime *, u32, u32);
#include "runtime.inc"

/** The worker of the module is the address of its region, behind the first page: a constant, so that it costs no load. */
enum { WORKER = 1 << 16, FOREIGN = 4, ALIGNMENT_BITS = 6, NO_ROW = -1 };
/** Bytes of address space for tables and recordings; what is not touched costs nothing. */
#define REGION_BYTES ((uint32_t)1 << 28)
#define MOST_NUMBER 0xffff0000u
#define MOST_ROWS (1u << 20)
#define MOST_SIGNATURES (1u << 16)

/** A signature: what it allocates, and the plan that serves it. */
typedef struct {
  stowage_watch watch;
  stowage_profile profile;
  /** The last recording, with the bytes as asked for. */
  stowage_profile recorded;
  stowage_step_plan *plan;
  /** The plan in the module. */
  uint32_t number;
} signature;

struct stowage_server {
  uint32_t unit_bits;
  /** Between begin and end or cancel; and whether that iteration is recorded. */
  bool is_iterating, is_recording;
  uint32_t current;
  stowage_server_options options;
  signature *signatures;
  uint32_t num_signatures;
  /** While recording: bytes asked for by row; the row of the last allocation. */
  uint64_t *asked;
  uint32_t max_asked;
  int64_t last_row;
  stowage_row_map elsewhere;
  w2c_runtime wasm; // the last: its memory follows
};

static uint32_t *words(stowage_server *server, uint32_t at) { return (uint32_t *)(server->wasm.w2c_memory.data + at); }

/** The signature of that number, made where it is new; NULL where memory is short, and for a number too large. */
static signature *signature_of(stowage_server *server, uint32_t number) {
  if (number >= MOST_SIGNATURES) return NULL;
  if (number >= server->num_signatures) {
    signature *all = realloc(server->signatures, (number + 1) * sizeof *all);
    if (!all) return NULL;
    memset(all + server->num_signatures, 0, (number + 1 - server->num_signatures) * sizeof *all);
    server->signatures = all;
    server->num_signatures = number + 1;
  }
  return &server->signatures[number];
}

stowage_server *stowage_server_new(const stowage_server_options *options) {
  stowage_server *server = stowage_instance_new(sizeof *server, WORKER + (uint64_t)REGION_BYTES);
  if (!server) return NULL;
  server->options = *options;
  server->unit_bits = (uint32_t)__builtin_ctz(options->unit);
  wasm2c_runtime_instantiate(&server->wasm);
  uint64_t pages = (WORKER + (uint64_t)REGION_BYTES) >> 16;
  if (wasm_rt_grow_memory(&server->wasm.w2c_memory, pages) != UINT64_MAX &&
      w2c_runtime_create(&server->wasm, WORKER, REGION_BYTES, ALIGNMENT_BITS, FOREIGN) == WORKER && signature_of(server, 0))
    return server;
  stowage_instance_delete(server, sizeof *server);
  return NULL;
}

void stowage_server_delete(stowage_server *server) {
  for (uint32_t i = 0; i < server->num_signatures; i++) {
    stowage_profile_clear(&server->signatures[i].profile);
    stowage_profile_clear(&server->signatures[i].recorded);
    stowage_step_plan_drop(server->signatures[i].plan);
  }
  free(server->signatures);
  free(server->asked);
  stowage_row_map_delete(&server->elsewhere);
  stowage_instance_delete(server, sizeof *server);
}

bool stowage_server_begin(stowage_server *server, uint32_t number) {
  signature *s = signature_of(server, number);
  if (server->is_recording) stowage_server_cancel(server); // one that was never ended
  server->current = number;
  server->is_iterating = true;
  if (s && stowage_watch_wants_recording(&s->watch, server->options.warm, s->profile.count > 0)) {
    server->is_recording = w2c_runtime_record(&server->wasm, WORKER) != 0;
    server->last_row = NO_ROW;
    stowage_row_map_clear(&server->elsewhere);
  }
  return w2c_runtime_begin(&server->wasm, WORKER, number) != 0;
}

bool stowage_server_is_recording(const stowage_server *server) { return server->is_recording; }

/** An allocation while recording: notes its bytes. */
__attribute__((noinline, cold)) static uint64_t malloc_recorded(stowage_server *server, uint32_t key, uint64_t bytes, uint32_t units) {
  uint32_t rows = w2c_runtime_numRows(&server->wasm, WORKER);
  uint32_t number = w2c_runtime_malloc_0(&server->wasm, WORKER, key, units);
  uint32_t after = w2c_runtime_numRows(&server->wasm, WORKER);
  server->last_row = after > rows ? (int64_t)rows : NO_ROW;
  if (after > rows) {
    if (after > server->max_asked) {
      uint32_t most = after > 512 ? 2 * after : 1024;
      uint64_t *asked = realloc(server->asked, most * sizeof *asked);
      if (asked) server->asked = asked, server->max_asked = most;
    }
    if (rows < server->max_asked) server->asked[rows] = bytes;
  }
  return number ? (uint64_t)(number - STOWAGE_FIRST) >> 4 << server->unit_bits : STOWAGE_NOWHERE;
}

uint32_t stowage_server_take(stowage_server *server, uint32_t key, uint32_t size) {
  return w2c_runtime_malloc_0(&server->wasm, WORKER, key, size);
}

bool stowage_server_give(stowage_server *server, uint32_t number) {
  return w2c_runtime_free_0(&server->wasm, WORKER, number) == 0;
}

uint64_t stowage_server_malloc(stowage_server *server, uint32_t key, uint64_t bytes) {
  uint64_t units = ((bytes + ((uint64_t)1 << server->unit_bits) - 1) >> server->unit_bits) << 4;
  if (units - 1 >= MOST_NUMBER) return server->last_row = NO_ROW, STOWAGE_NOWHERE;
  if (server->is_recording) return malloc_recorded(server, key, bytes, (uint32_t)units);
  uint32_t number = stowage_server_take(server, key, (uint32_t)units);
  return number ? (uint64_t)(number - STOWAGE_FIRST) >> 4 << server->unit_bits : STOWAGE_NOWHERE;
}

/** The number of a block at `offset`; 0, which is no block's, where none can begin. */
static uint32_t number_at(const stowage_server *server, uint64_t offset) {
  uint64_t units = offset >> server->unit_bits;
  if (units << server->unit_bits != offset || units > (MOST_NUMBER - STOWAGE_FIRST) >> 4) return 0;
  return STOWAGE_FIRST + (uint32_t)(units << 4);
}

bool stowage_server_free(stowage_server *server, uint64_t offset) {
  uint32_t number = number_at(server, offset);
  return number && stowage_server_give(server, number);
}

bool stowage_server_reclaim(stowage_server *server, uint64_t offset) {
  uint32_t number = number_at(server, offset);
  return number && w2c_runtime_reclaim_0(&server->wasm, WORKER, number) == 0;
}

void stowage_server_elsewhere(stowage_server *server, const void *block) {
  if (server->is_recording && server->last_row != NO_ROW && block)
    stowage_row_map_put(&server->elsewhere, block, (uint32_t)server->last_row);
}

void stowage_server_freed_elsewhere(stowage_server *server, const void *block) {
  uint32_t row = server->is_recording ? stowage_row_map_take(&server->elsewhere, block) : STOWAGE_NO_ROW;
  if (row != STOWAGE_NO_ROW) w2c_runtime_died(&server->wasm, WORKER, row);
}

void stowage_server_interrupt(stowage_server *server) { w2c_runtime_interrupt(&server->wasm, WORKER); }
void stowage_server_resume(stowage_server *server) { w2c_runtime_resume(&server->wasm, WORKER); }

/** Takes the rows of the recording that has ended, and widens the profile by them. @returns whether it changed */
static bool absorb(stowage_server *server, signature *s) {
  uint32_t count = w2c_runtime_numRows(&server->wasm, WORKER);
  if (!w2c_runtime_stopRecording(&server->wasm, WORKER) || count == 0 || count > MOST_ROWS) return false;
  stowage_row *rows = malloc(count * sizeof *rows);
  if (!rows || count > server->max_asked) return free(rows), false;
  const uint32_t *from = words(server, w2c_runtime_rows(&server->wasm, WORKER));
  for (uint32_t i = 0; i < count; i++) rows[i] = (stowage_row){from[3 * i], from[3 * i + 2], server->asked[i], 0};
  stowage_profile_clear(&s->recorded);
  s->recorded = (stowage_profile){count, rows};
  return stowage_profile_widen(&s->profile, &s->recorded);
}

/** Takes in what was too large for its slot, where the plan is still that of the profile. @returns whether it changed */
static bool absorb_wanted(stowage_server *server, signature *s) {
  if (!s->plan || s->plan->count != s->profile.count) return false;
  const uint32_t *wanted = words(server, w2c_runtime_wanted(&server->wasm, s->number));
  bool is_changed = false;
  for (uint32_t i = 0; i < s->profile.count; i++) {
    stowage_row *row = &s->profile.rows[i];
    uint64_t bytes = (uint64_t)wanted[i] >> 4 << server->unit_bits;
    if (row->end != STOWAGE_OPEN && bytes > row->size) row->size = bytes, is_changed = true;
  }
  return is_changed;
}

bool stowage_server_end(stowage_server *server) {
  if (!server->is_iterating) return false;
  server->is_iterating = false;
  w2c_runtime_end(&server->wasm, WORKER);
  if (server->current >= server->num_signatures) return false;
  signature *s = &server->signatures[server->current];
  bool was_recorded = server->is_recording;
  server->is_recording = false;
  uint32_t fallbacks = stowage_server_misses(server);
  bool is_changed = was_recorded && absorb(server, s);
  bool is_larger = fallbacks > 0 && !s->watch.is_stale && !is_changed && absorb_wanted(server, s);
  return stowage_watch_ended(&s->watch, fallbacks, was_recorded, s->profile.count > 0, is_changed, is_larger);
}

void stowage_server_cancel(stowage_server *server) {
  if (!server->is_iterating) return;
  server->is_iterating = false;
  w2c_runtime_end(&server->wasm, WORKER);
  if (server->is_recording) w2c_runtime_stopRecording(&server->wasm, WORKER);
  server->is_recording = false;
}

/** Makes the profile that of the plan in use: a wider one cannot be had. */
static void decline(signature *s) {
  stowage_profile_clear(&s->profile);
  if (s->plan) stowage_profile_widen(&s->profile, &(stowage_profile){s->plan->count, s->plan->rows});
  stowage_watch_declined(&s->watch);
}

void stowage_server_decline(stowage_server *server, uint32_t number) {
  if (number < server->num_signatures) decline(&server->signatures[number]);
}

stowage_step_plan *stowage_server_replan(stowage_server *server, char *why, size_t room) {
  if (server->current >= server->num_signatures) return snprintf(why, room, "there is no iteration to plan"), NULL;
  signature *s = &server->signatures[server->current];
  stowage_step_plan *plan = stowage_step_plan_new(s->profile.count, server->options.unit);
  if (!plan) {
    snprintf(why, room, "no memory for a plan of %u allocations", s->profile.count);
  } else {
    memcpy(plan->rows, s->profile.rows, s->profile.count * sizeof *plan->rows);
    if (stowage_step_plan_make(plan, server->options.node_limit, why, room)) return plan;
  }
  stowage_step_plan_drop(plan);
  decline(s);
  return NULL;
}

/** Lays out a plan in the module. @returns its address there, 0 where it is refused or memory is short */
static uint32_t lay_out(stowage_server *server, uint32_t number, const stowage_step_plan *plan, uint64_t origin) {
  uint32_t first = STOWAGE_FIRST + (uint32_t)(origin >> server->unit_bits << 4), n = plan->count;
  uint32_t bytes = (uint32_t)(plan->peak >> server->unit_bits << 4);
  uint32_t at = w2c_runtime_newPlan(&server->wasm, WORKER, number, n, 1, first, bytes);
  if (!at) return 0;
  uint32_t *columns = words(server, w2c_runtime_columns(&server->wasm, at));
  for (uint32_t i = 0; i < n; i++) {
    const stowage_row *row = &plan->rows[i];
    bool is_planned = row->end != STOWAGE_OPEN;
    columns[i] = row->key;
    columns[n + i] = is_planned ? (uint32_t)((row->size + plan->unit - 1) >> server->unit_bits << 4) : 0;
    columns[2 * n + i] = is_planned ? (uint32_t)(row->offset >> server->unit_bits << 4) : 0;
  }
  return w2c_runtime_seal(&server->wasm, WORKER, at) ? at : 0;
}

bool stowage_server_install(
    stowage_server *server, uint32_t number, stowage_step_plan *plan, uint64_t origin, char *why, size_t room) {
  signature *s = signature_of(server, number);
  if (number >= MOST_SIGNATURES)
    return snprintf(why, room, "expected a signature below %u, got %u", MOST_SIGNATURES, number), false;
  uint64_t most = (uint64_t)(MOST_NUMBER - STOWAGE_FIRST) >> 4 << server->unit_bits;
  if (plan->unit != server->options.unit)
    return snprintf(why, room, "the plan is in units of %u bytes, expected %u", plan->unit, server->options.unit), false;
  if (origin % plan->unit != 0)
    return snprintf(why, room, "expected an arena that begins at a multiple of %u, got %llu", plan->unit,
               (unsigned long long)origin),
           false;
  if (origin > most || plan->peak > most - origin)
    return snprintf(why, room, "an arena of %llu bytes at %llu is beyond the %llu that can be addressed",
               (unsigned long long)plan->peak, (unsigned long long)origin, (unsigned long long)most),
           false;
  uint32_t at = s ? lay_out(server, number, plan, origin) : 0;
  if (!at) return snprintf(why, room, "no memory for the tables of %u allocations", plan->count), false;
  stowage_step_plan_keep(plan);
  stowage_step_plan_drop(s->plan);
  s->plan = plan;
  s->number = at;
  if (!s->profile.rows) stowage_profile_widen(&s->profile, &(stowage_profile){plan->count, plan->rows});
  stowage_watch_planned(&s->watch);
  return true;
}

void stowage_server_fix(stowage_server *server, uint32_t number) {
  if (number < server->num_signatures) server->signatures[number].watch.is_fixed = true;
}

const stowage_step_plan *stowage_server_plan_of(const stowage_server *server, uint32_t number) {
  return number < server->num_signatures ? server->signatures[number].plan : NULL;
}

/** Reading does not change the instance, but wasm2c's functions take it as theirs. */
static w2c_runtime *instance_of(const stowage_server *server) { return (w2c_runtime *)&server->wasm; }

uint32_t stowage_server_live(const stowage_server *server) {
  return w2c_runtime_live(instance_of(server), WORKER);
}

uint32_t stowage_server_misses(const stowage_server *server) {
  return w2c_runtime_misses(instance_of(server), WORKER);
}

void stowage_server_counters(const stowage_server *server, uint64_t counters[STOWAGE_NUM_COUNTERS]) {
  w2c_runtime *wasm = instance_of(server);
  memcpy(counters, wasm->w2c_memory.data + w2c_runtime_counters(wasm, WORKER), 8 * STOWAGE_NUM_COUNTERS);
}

const stowage_row *stowage_server_recorded(const stowage_server *server, uint32_t number, uint32_t *count) {
  *count = number < server->num_signatures ? server->signatures[number].recorded.count : 0;
  return *count ? server->signatures[number].recorded.rows : NULL;
}
