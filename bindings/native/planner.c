#include "planner.h"

#include <stdlib.h>

#include "solve.h"

typedef struct {
  const stowage_problem *problem;
  const stowage_plan_options *options;
  stowage_live live;
  stowage_incumbent best;
} planning;

static void plan(void *argument) {
  planning *job = argument;
  stowage_live_load(&job->live, job->problem);
  stowage_solve(&job->best, job->options);
}

static void write_result(const planning *job, uint64_t *offsets, stowage_plan_result *result) {
  const stowage_incumbent *best = &job->best;
  for (uint32_t i = 0; i < job->problem->count; i++) offsets[i] = 0;
  for (uint32_t k = 0; k < job->live.count; k++) offsets[job->live.index[k]] = (uint64_t)best->offsets[k];
  *result = (stowage_plan_result){
      .peak = best->peak,
      .lower_bound = best->lower_bound,
      .nodes = (uint64_t)best->nodes,
      .status = best->peak <= best->lower_bound ? STOWAGE_OPTIMAL : STOWAGE_FEASIBLE,
      .algorithm = best->algorithm,
  };
}

/** Plans the live buffers. @returns the columns that the incumbent uses, which the caller frees */
static double *solve(planning *job, stowage_error *error) {
  uint32_t count = job->live.count;
  double *columns = malloc(2 * sizeof(double) * count);
  job->best = (stowage_incumbent){.live = &job->live, .problem = job->problem, .error = error};
  if (!columns) {
    stowage_fail(error, STOWAGE_MEMORY_ERROR, "planning %u buffers: this process gets no memory for it", count);
    return NULL;
  }
  job->best.offsets = columns;
  job->best.found_offsets = columns + count;
  if (!stowage_guarded(plan, job)) stowage_live_trapped(&job->live, error);
  return columns;
}

int stowage_plan(const stowage_problem *problem, const stowage_plan_options *options, uint64_t *offsets,
    stowage_plan_result *result, char *why, size_t room) {
  stowage_error error = {0, why, room};
  // the plan of a problem without live buffers
  planning job = {.problem = problem, .options = options, .best = {.algorithm = "naive"}};
  stowage_problem_check(problem, &error);
  stowage_problem_check_fixed(problem, &error);
  stowage_live_open(&job.live, problem, &error);
  double *columns = !error.code && job.live.count > 0 ? solve(&job, &error) : NULL;
  if (!error.code) write_result(&job, offsets, result);
  free(columns);
  stowage_live_close(&job.live);
  return error.code;
}

typedef struct {
  const stowage_problem *problem;
  const uint64_t *offsets;
  double capacity;
  stowage_live live;
  stowage_violation *found;
  uint32_t most, count;
} checking;

static void verify(void *argument) {
  checking *job = argument;
  stowage_live_load(&job->live, job->problem);
  double *crossing = stowage_live_offsets(&job->live);
  for (uint32_t k = 0; k < job->live.count; k++) crossing[k] = (double)job->offsets[job->live.index[k]];
  job->count = stowage_live_verify(&job->live, job->capacity, job->found, job->most);
}

int64_t stowage_verify(const stowage_problem *problem, const uint64_t *offsets, uint64_t capacity,
    stowage_violation *found, uint32_t most, char *why, size_t room) {
  stowage_error error = {0, why, room};
  checking job = {.problem = problem, .offsets = offsets, .found = found, .most = most};
  // no offset in range reaches a capacity above what the boundary carries
  job.capacity = capacity > STOWAGE_MAX_BYTES ? -1 : (double)capacity;
  stowage_problem_check(problem, &error);
  stowage_live_open(&job.live, problem, &error);
  if (!error.code && job.live.count > 0 && !stowage_guarded(verify, &job)) stowage_live_trapped(&job.live, &error);
  stowage_live_close(&job.live);
  return error.code ? -(int64_t)error.code : (int64_t)job.count;
}
