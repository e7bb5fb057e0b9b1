/**
 * Drives servers of offsets by the words of standard input, and prints a line for each command. ROWS are COUNT, then KEY END
 * SIZE OFFSET for each; END is −1 for a row that outlives its iteration.
 *
 *   new UNIT WARM NODES                 → ok: what follows is asked of a new server
 *   begin SIGNATURE                     → 1 where a plan serves it
 *   malloc BLOCK KEY BYTES              → an offset, or -: then the block counts as one from elsewhere
 *   free BLOCK, reclaim BLOCK           → 1 where it is taken; a block from elsewhere always is
 *   free-at OFFSET, reclaim-at OFFSET   → 1 where it is taken
 *   again BLOCK                         → 1 where a live block begins where that one, freed before, did; - for one from elsewhere
 *   end                                 → 1 where a plan is wanted
 *   cancel, interrupt, resume           → ok
 *   plan ORIGIN                         → PEAK BOUND OPTIMAL ROWS, installed; refused WHY; - where `end` wanted none
 *   decline                             → ok; - where `end` wanted no plan
 *   install SIGNATURE ORIGIN UNIT PEAK BOUND ROWS   → ok, or refused WHY
 *   fix SIGNATURE                       → ok
 *   state                               → LIVE MISSES RECORDING COUNTER…
 *   plan-of SIGNATURE, recorded SIGNATURE           → ROWS, or - for none
 *   widen ROWS ROWS                     → CHANGED ROWS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

enum { MOST_BLOCKS = 1 << 16 };

static stowage_server *server;
/** The signature of the last iteration, and whether it wants a plan. */
static uint32_t current;
static bool wants_plan;
static struct {
  uint64_t offset;
  bool is_elsewhere;
} blocks[MOST_BLOCKS];

static uint64_t number(void) {
  char word[64];
  if (scanf("%63s", word) != 1) abort();
  return word[0] == '-' ? (uint64_t)strtoll(word, NULL, 10) : strtoull(word, NULL, 10);
}

static uint32_t block_number(void) {
  uint64_t block = number();
  if (block >= MOST_BLOCKS) abort();
  return (uint32_t)block;
}

/** An address for a block from elsewhere; nothing is there. */
static const void *address_of(uint32_t block) { return (const void *)(uintptr_t)(64 * (block + 1)); }

static stowage_row *read_rows(uint32_t *count) {
  *count = (uint32_t)number();
  // exactly as large as it has to be, for the address sanitizer
  stowage_row *rows = malloc(*count ? *count * sizeof *rows : 1);
  if (!rows) abort();
  for (uint32_t i = 0; i < *count; i++) {
    rows[i].key = (uint32_t)number();
    rows[i].end = (uint32_t)number();
    rows[i].size = number();
    rows[i].offset = number();
  }
  return rows;
}

static void print_rows(const stowage_row *rows, uint32_t count) {
  printf("%u", count);
  for (uint32_t i = 0; i < count; i++) {
    printf(" %u %" PRId64, rows[i].key, rows[i].end == STOWAGE_OPEN ? (int64_t)-1 : (int64_t)rows[i].end);
    printf(" %" PRIu64 " %" PRIu64, rows[i].size, rows[i].offset);
  }
  printf("\n");
}

static void new_server(void) {
  stowage_server_options options = {.unit = (uint32_t)number(), .warm = (uint32_t)number(), .node_limit = number()};
  if (server) stowage_server_delete(server);
  server = stowage_server_new(&options);
  wants_plan = false;
  puts(server ? "ok" : "no memory");
}

static void take(void) {
  uint32_t block = block_number(), key = (uint32_t)number();
  uint64_t offset = stowage_server_malloc(server, key, number());
  blocks[block].offset = offset;
  blocks[block].is_elsewhere = offset == STOWAGE_NOWHERE;
  if (offset != STOWAGE_NOWHERE) {
    printf("%" PRIu64 "\n", offset);
    return;
  }
  stowage_server_elsewhere(server, address_of(block));
  puts("-");
}

static void give(bool (*release)(stowage_server *, uint64_t)) {
  uint32_t block = block_number();
  if (blocks[block].is_elsewhere) stowage_server_freed_elsewhere(server, address_of(block));
  printf("%d\n", blocks[block].is_elsewhere || release(server, blocks[block].offset));
}

static void give_again(void) {
  uint32_t block = block_number();
  if (blocks[block].is_elsewhere) puts("-");
  else printf("%d\n", stowage_server_free(server, blocks[block].offset));
}

/** Whatever comes of it, a plan that was wanted no longer is. */
static void replan(void) {
  char why[256] = "";
  uint64_t origin = number();
  stowage_step_plan *plan = wants_plan ? stowage_server_replan(server, why, sizeof why) : NULL;
  if (!wants_plan) {
    puts("-");
  } else if (!plan || !stowage_server_install(server, current, plan, origin, why, sizeof why)) {
    if (plan) stowage_server_decline(server, current);
    printf("refused %s\n", why);
  } else {
    printf("%" PRIu64 " %" PRIu64 " %d ", plan->peak, plan->lower_bound, plan->optimal);
    print_rows(plan->rows, plan->count);
  }
  stowage_step_plan_drop(plan);
  wants_plan = false;
}

static void decline(void) {
  char why[256];
  if (wants_plan) stowage_step_plan_drop(stowage_server_replan(server, why, sizeof why));
  if (wants_plan) stowage_server_decline(server, current);
  puts(wants_plan ? "ok" : "-");
  wants_plan = false;
}

static void install(void) {
  char why[256] = "";
  uint32_t signature = (uint32_t)number(), count;
  uint64_t origin = number();
  uint32_t unit = (uint32_t)number();
  uint64_t peak = number(), bound = number();
  stowage_row *rows = read_rows(&count);
  stowage_step_plan *plan = stowage_step_plan_of(count, unit, rows, peak, bound, why, sizeof why);
  bool done = plan && stowage_server_install(server, signature, plan, origin, why, sizeof why);
  if (done) puts("ok");
  else printf("refused %s\n", why);
  stowage_step_plan_drop(plan);
  free(rows);
}

static void widen(void) {
  stowage_profile known, seen;
  known.rows = read_rows(&known.count);
  seen.rows = read_rows(&seen.count);
  printf("%d ", stowage_profile_widen(&known, &seen));
  print_rows(known.rows, known.count);
  stowage_profile_clear(&known);
  stowage_profile_clear(&seen);
}

static void print_state(void) {
  uint64_t counters[STOWAGE_NUM_COUNTERS];
  stowage_server_counters(server, counters);
  printf("%u %u %d", stowage_server_live(server), stowage_server_misses(server), stowage_server_is_recording(server));
  for (int i = 0; i < STOWAGE_NUM_COUNTERS; i++) printf(" %" PRIu64, counters[i]);
  printf("\n");
}

static void print_plan(void) {
  const stowage_step_plan *plan = stowage_server_plan_of(server, (uint32_t)number());
  if (plan) print_rows(plan->rows, plan->count);
  else puts("-");
}

static void print_recorded(void) {
  uint32_t count;
  const stowage_row *rows = stowage_server_recorded(server, (uint32_t)number(), &count);
  if (rows) print_rows(rows, count);
  else puts("-");
}

/** @returns whether there is such a command among those without an answer */
static bool do_silently(const char *command) {
  if (!strcmp(command, "cancel")) stowage_server_cancel(server), wants_plan = false;
  else if (!strcmp(command, "interrupt")) stowage_server_interrupt(server);
  else if (!strcmp(command, "resume")) stowage_server_resume(server);
  else if (!strcmp(command, "fix")) stowage_server_fix(server, (uint32_t)number());
  else return false;
  puts("ok");
  return true;
}

static bool ask(const char *command) {
  if (!strcmp(command, "begin")) printf("%d\n", stowage_server_begin(server, current = (uint32_t)number()));
  else if (!strcmp(command, "end")) printf("%d\n", wants_plan = stowage_server_end(server));
  else if (!strcmp(command, "malloc")) take();
  else if (!strcmp(command, "free")) give(stowage_server_free);
  else if (!strcmp(command, "reclaim")) give(stowage_server_reclaim);
  else if (!strcmp(command, "again")) give_again();
  else if (!strcmp(command, "free-at")) printf("%d\n", stowage_server_free(server, number()));
  else if (!strcmp(command, "reclaim-at")) printf("%d\n", stowage_server_reclaim(server, number()));
  else if (!strcmp(command, "plan")) replan();
  else if (!strcmp(command, "decline")) decline();
  else if (!strcmp(command, "install")) install();
  else if (!strcmp(command, "state")) print_state();
  else if (!strcmp(command, "plan-of")) print_plan();
  else if (!strcmp(command, "recorded")) print_recorded();
  else return false;
  return true;
}

static bool ask_without_server(const char *command) {
  if (!strcmp(command, "new")) new_server();
  else if (!strcmp(command, "widen")) widen();
  else return false;
  return true;
}

int main(void) {
  char command[32];
  while (scanf("%31s", command) == 1)
    if (!ask_without_server(command) && !(server && (do_silently(command) || ask(command)))) {
      fprintf(stderr, "unknown command: %s\n", command);
      return 1;
    }
  if (server) stowage_server_delete(server);
  return 0;
}
