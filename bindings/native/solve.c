/**
 * Heuristics first, then the subsolvers, slice by slice, until the best plan is proven optimal or the budget is spent. Of
 * few buffers, most heuristics wait for the first slices; of very many, the first subsolver makes the first plan. Tasks of a batch see the plan and bound from before it, as they
 * would side by side; so threads never change a plan.
 */
#include "solve.h"

#include "subsolvers.h"

enum { RUNNING = 1, PEAK_TOO_LARGE = 3 };
/** Every pruning rule, and the roles of the exact search (`bindings/core/abi.ts`). */
enum { ALL_RULES = 31, PROVES = 0, DIVES = 1 };
enum { MOST_VIOLATIONS = 100, OVERLAP = 0 };
static const uint64_t MAX_BYTES = (1ull << 53) - 1;

/** `HEURISTICS` of `bindings/model/names.ts`. */
static const char *const NAMES[] = {
    "naive", "bump", "linear-scan", "first-fit-online", "best-fit-online", "greedy-by-size",
    "greedy-by-size-smallest-gap", "greedy-by-longest", "greedy-by-longest-smallest-gap", "greedy-by-area",
    "greedy-by-area-smallest-gap", "greedy-by-breadth", "greedy-by-breadth-smallest-gap", "greedy-by-conflicts",
    "greedy-by-conflicts-smallest-gap", "skyline-best-fit", "gergov",
};
/** What a plan of each kind of subsolver is attributed to. */
static const char *const SEARCHES[] = {"exact", "exact", "beam", "class-sweep", "windows"};

typedef struct {
  stowage_subsolver is;
  /** Record of its search in the core; 0 until it runs. */
  uint32_t at;
  /** The accepted plan it was last sent, by its generation. */
  uint32_t known;
  bool is_done;
} running;

/** A subsolver that runs next, and for how many nodes. */
typedef struct {
  running *subsolver;
  int64_t nodes;
} slice;

// ---- the incumbent

/** Fixed offsets that collide are a fault of the problem; any other violation is a bug. */
static void refuse(stowage_incumbent *best, const char *algorithm, const stowage_violation *found, uint32_t count) {
  const int64_t *fixed = best->problem->fixed;
  for (uint32_t k = 0; fixed && k < count; k++) {
    uint32_t a = found[k].a, b = found[k].b;
    if (found[k].kind != OVERLAP || fixed[a] < 0 || fixed[b] < 0) continue;
    return stowage_fail(best->error, STOWAGE_USAGE_ERROR,
        "buffers[%u].offset: its bytes are those of buffers[%u], which is fixed and live with it", b, a);
  }
  stowage_fail(best->error, STOWAGE_CORE_ERROR, "%s made a plan that verify refuses: violation %u of buffers[%u]",
      algorithm, found->kind, found->a);
}

/** Verifies the plan that the core left in its offsets, and keeps it if it is the best of the tasks side by side. */
static void found(stowage_incumbent *best, uint32_t status, const char *algorithm) {
  if (status == PEAK_TOO_LARGE) {
    best->is_beyond = true;
    return;
  }
  stowage_violation violations[MOST_VIOLATIONS];
  uint32_t count = stowage_live_verify(best->live, -1, violations, MOST_VIOLATIONS);
  if (count > 0) return refuse(best, algorithm, violations, count);
  const double *offsets = stowage_live_offsets(best->live);
  uint64_t peak = 0;
  for (uint32_t k = 0; k < best->live->count; k++) {
    uint64_t top = (uint64_t)offsets[k] + best->problem->size[best->live->index[k]];
    if (top > peak) peak = top;
  }
  if (peak >= best->found_peak) return;
  best->found_peak = peak;
  best->found_algorithm = algorithm;
  memcpy(best->found_offsets, offsets, sizeof(double) * best->live->count);
}

/** Ends a batch: its best plan becomes the incumbent where it is better. */
static void sync(stowage_incumbent *best) {
  if (best->found_peak < best->peak) {
    double *replaced = best->offsets;
    best->peak = best->found_peak;
    best->algorithm = best->found_algorithm;
    best->offsets = best->found_offsets;
    best->found_offsets = replaced;
    best->generation++;
  }
  best->found_peak = UINT64_MAX;
}

/** Nodes that are left; negative where more were spent. */
static int64_t left(const stowage_incumbent *best) { return best->end - best->nodes; }

static bool has_plan(const stowage_incumbent *best) { return best->peak != UINT64_MAX; }

/** Also where it is above 2^53 bytes, and not kept: from then on the budget counts. */
static bool has_made_plan(const stowage_incumbent *best) { return has_plan(best) || best->is_beyond; }

// ---- heuristics

/** Runs the next heuristic of a portfolio. @returns whether there are more */
static bool next_heuristic(stowage_incumbent *best, uint32_t portfolio) {
  w2c_core *core = best->live->core;
  bool goes_on = w2c_core_portfolioStep(core, portfolio, 1) == RUNNING;
  best->nodes += best->live->count;
  if (!has_plan(best) || w2c_core_portfolioPeak(core, portfolio) < (double)best->peak) {
    const char *name = NAMES[w2c_core_portfolioAlgorithm(core, portfolio)];
    found(best, w2c_core_portfolioPlan(core, portfolio), name);
  }
  return goes_on;
}

/** Runs so many more heuristics of a portfolio. */
static void run_heuristics(stowage_incumbent *best, uint32_t portfolio, uint32_t most) {
  for (uint32_t i = 0; i < most && !best->error->code; i++) {
    if (best->nodes > 0 && left(best) < best->live->count) return;
    bool goes_on = next_heuristic(best, portfolio);
    sync(best);
    if (!goes_on) return;
  }
}

// ---- the search

/** Where no plan is known, the exact search looks for plans below 2^53 − 1, partition by partition. */
static void send_offsets(const stowage_incumbent *best) {
  double *offsets = stowage_live_offsets(best->live);
  if (has_plan(best)) memcpy(offsets, best->offsets, sizeof(double) * best->live->count);
  else
    for (uint32_t k = 0; k < best->live->count; k++) offsets[k] = MAX_BYTES;
}

/** @returns the record of its search; 0 where the beam cannot express the problem, or LNS has no plan to improve */
static uint32_t begin(const stowage_incumbent *best, const stowage_subsolver *is) {
  w2c_core *core = best->live->core;
  uint32_t problem = best->live->at;
  double target = (double)best->lower_bound;
  switch (is->kind) {
    case STOWAGE_EXACT:
    case STOWAGE_DIVES:
      send_offsets(best);
      return w2c_core_exactBegin(core, problem, target, is->seed, ALL_RULES, is->kind == STOWAGE_EXACT ? PROVES : DIVES);
    case STOWAGE_BEAM: return w2c_core_beamBegin(core, problem, target, (double)best->peak, is->seed);
    case STOWAGE_CLASS_SWEEP:
      return w2c_core_classesBegin(core, problem, target, (double)best->peak, is->seed, is->part, is->parts);
    case STOWAGE_LNS:
      if (!has_plan(best)) return 0;
      send_offsets(best);
      return w2c_core_windowsBegin(core, problem, target, is->seed);
  }
  return 0;
}

static void adopt(const stowage_incumbent *best, const running *subsolver) {
  if (subsolver->is.kind == STOWAGE_CLASS_SWEEP || subsolver->is.kind == STOWAGE_BEAM) return;
  send_offsets(best);
  if (subsolver->is.kind == STOWAGE_LNS) w2c_core_windowsAdopt(best->live->core, subsolver->at);
  else w2c_core_exactAdopt(best->live->core, subsolver->at);
}

static bool step(w2c_core *core, const running *subsolver, double nodes) {
  switch (subsolver->is.kind) {
    case STOWAGE_BEAM: return w2c_core_beamStep(core, subsolver->at, nodes) == RUNNING;
    case STOWAGE_CLASS_SWEEP: return w2c_core_classesStep(core, subsolver->at, nodes) == RUNNING;
    case STOWAGE_LNS: return w2c_core_windowsStep(core, subsolver->at, nodes) == RUNNING;
    default: return w2c_core_exactStep(core, subsolver->at, nodes) == RUNNING;
  }
}

/** Runs one slice; a bound that it proves counts after the batch. @returns that bound, bytes */
static uint64_t run_slice(stowage_incumbent *best, slice next) {
  running *subsolver = next.subsolver;
  w2c_core *core = best->live->core;
  if (!subsolver->at) subsolver->at = begin(best, &subsolver->is);
  if (!subsolver->at) {
    subsolver->is.kind = STOWAGE_DIVES;
    subsolver->at = begin(best, &subsolver->is);
  }
  uint32_t search = subsolver->at;
  w2c_core_searchIncumbent(core, search, (double)best->peak);
  w2c_core_searchTarget(core, search, (double)best->lower_bound);
  if (subsolver->known != best->generation) adopt(best, subsolver);
  subsolver->known = best->generation;
  double before = w2c_core_searchNodes(core, search);
  subsolver->is_done = !step(core, subsolver, (double)next.nodes);
  best->nodes += (int64_t)(w2c_core_searchNodes(core, search) - before);
  double peak = w2c_core_searchPeak(core, search);
  if (peak >= 0 && peak < (double)best->peak) found(best, w2c_core_searchPlan(core, search), SEARCHES[subsolver->is.kind]);
  return (uint64_t)w2c_core_searchLowerBound(core, search);
}

/**
 * The slices that run after `spent` nodes of the search: of full length, or a proportional share of the nodes that are left.
 * @returns how many there are
 */
static uint32_t slices_of(running *all, uint32_t count, int64_t spent, int64_t left, slice slices[]) {
  uint32_t joined = 0, able = 0, working = 0;
  uint64_t full = 0;
  bool is_first = true;
  for (uint32_t k = 0; k < count; k++) {
    if (all[k].is_done) continue;
    working++;
    if (is_first || spent >= (int64_t)all[k].is.after) slices[joined++] = (slice){&all[k], (int64_t)all[k].is.slice};
    is_first = false;
  }
  for (uint32_t k = 0; k < joined && joined == working; k++) slices[k].nodes = (int64_t)slices[k].subsolver->is.late_slice;
  for (uint32_t k = 0; k < joined; k++) full += (uint64_t)slices[k].nodes;
  if (left >= (int64_t)full) return joined;
  slice first = slices[0];
  for (uint32_t k = 0; k < joined; k++) {
    slice share = {slices[k].subsolver, slices[k].nodes * left / (int64_t)full};
    if (share.nodes > 0) slices[able++] = share;
  }
  if (able > 0) return able;
  slices[0] = (slice){first.subsolver, left};
  return 1;
}

static bool can_improve(const stowage_incumbent *best) {
  return !best->error->code && best->peak > best->lower_bound && best->lower_bound <= MAX_BYTES &&
      (!has_made_plan(best) || left(best) >= 1);
}

/** The slices of a batch; what they find and prove counts after it. */
static void run_batch(stowage_incumbent *best, const slice slices[], uint32_t batch) {
  uint64_t bound = best->lower_bound;
  for (uint32_t k = 0; k < batch && !best->error->code; k++) {
    uint64_t proven = run_slice(best, slices[k]);
    if (proven > bound) bound = proven;
  }
  best->lower_bound = bound;
  sync(best);
}

/** `portfolio`: the heuristics that have not run yet, which run after `before_rest` batches. */
static void search(stowage_incumbent *best, uint32_t seed, uint32_t portfolio, uint32_t before_rest) {
  stowage_subsolver of[STOWAGE_MOST_SUBSOLVERS];
  running all[STOWAGE_MOST_SUBSOLVERS];
  slice slices[STOWAGE_MOST_SUBSOLVERS];
  uint32_t count = stowage_subsolvers_of(best->live->count, seed, of);
  int64_t begin = best->nodes, worth = 0;
  for (uint32_t k = 0; k < count; k++) {
    all[k] = (running){.is = of[k]};
    worth += (int64_t)of[k].worth;
  }
  if (!best->is_limited) best->end = begin + worth;
  for (uint32_t batches = 0; can_improve(best); batches++) {
    if (batches == before_rest) {
      int64_t before = best->nodes;
      run_heuristics(best, portfolio, UINT32_MAX);
      begin += best->nodes - before;
      if (!best->is_limited) best->end += best->nodes - before; // not at the cost of the search
      if (!can_improve(best)) return;
    }
    uint32_t batch = 1;
    // the first subsolver makes the first plan, where no heuristic has
    if (has_made_plan(best)) batch = slices_of(all, count, best->nodes - begin, left(best), slices);
    else slices[0] = (slice){&all[0], (int64_t)all[0].is.slice};
    if (batch == 0) return;
    run_batch(best, slices, batch);
  }
}

static void beyond_limit(stowage_incumbent *best) {
  if (best->lower_bound > MAX_BYTES)
    return stowage_fail(best->error, STOWAGE_USAGE_ERROR, "no plan below 2^53 bytes exists: the lower bound is %llu bytes",
        (unsigned long long)best->lower_bound);
  stowage_fail(best->error, STOWAGE_USAGE_ERROR, "no plan below 2^53 bytes was found within the budget: allow more nodes");
}

void stowage_solve(stowage_incumbent *best, const stowage_plan_options *options) {
  uint64_t limit = options ? options->node_limit : 0;
  best->is_limited = limit > 0;
  best->is_beyond = false;
  best->end = limit > 0 && limit < INT64_MAX ? (int64_t)limit : INT64_MAX;
  best->lower_bound = (uint64_t)w2c_core_lowerBound(best->live->core, best->live->at);
  best->peak = best->found_peak = UINT64_MAX;
  if (best->lower_bound > MAX_BYTES) return beyond_limit(best);
  uint32_t portfolio = w2c_core_portfolioBegin(best->live->core, best->live->at, (double)best->lower_bound, 0);
  uint32_t before = stowage_heuristics_before(best->live->count, left(best));
  run_heuristics(best, portfolio, before);
  uint32_t before_rest = stowage_batches_before_rest(best->live->count, before);
  if (!best->error->code) search(best, options ? options->seed : 1, portfolio, before_rest);
  if (!best->error->code && !has_plan(best)) beyond_limit(best);
}
