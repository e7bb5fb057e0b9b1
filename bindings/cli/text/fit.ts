/** A schedule that fits, as lines for a person and as an object of the `stowage.schedule/1` contract. */
import type {FitSchedule, FitStep, OperatorProblem} from '../../index.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import type {FitRules, Fitted} from '../planning/fit.ts';

export const SCHEDULE_SCHEMA = 'stowage.schedule/1';

/** Everything that is reported about one fitted problem. */
export interface FitReport extends Fitted {
  readonly file: string;
  readonly format: string;
  readonly problem: OperatorProblem;
  readonly rules: FitRules;
  /** What a cost is counted in. */
  readonly unit: string;
  readonly warnings: readonly string[];
}

/** Steps that are printed. */
const MOST_STEPS = 20;

export function fitLines(report: FitReport): string[] {
  const {file, format, problem, fit, listedPeak, orderedPeak, isListed} = report;
  const better = orderedPeak < listedPeak ? `; ${formatBytes(orderedPeak)} in the best order found` : '';
  return [
    `read         ${file}: ${format}`,
    `operators    ${formatCount(problem.operators.length)}, ${formatBytes(listedPeak)} in the file's order${better}`,
    `first runs   in ${orderName(isListed)}`,
    ...(fit.planned ? scheduleLines(report) : [`schedule     ${describeFailure(report)}`]),
  ];
}

function scheduleLines(report: FitReport): string[] {
  const {fit} = report;
  const plan = fit.planned!.plan;
  return [
    `schedule     ${describeExtra(fit)}`,
    `cost         ${describeCost(report)}`,
    `peak         ${formatBytes(plan.peak)} of ${formatBytes(fit.capacity)}; schedule and plan are verified`,
    ...stepLines(report),
  ];
}

function describeExtra({again, moved, cost}: FitSchedule): string {
  if (cost === 0 && again.runs + moved.moves === 0)
    return 'it fits as it is: nothing is computed again or moved';
  const runs =
    again.runs === 0 ? [] : [`${plural(again.runs, 'operator')} ${again.runs === 1 ? 'runs' : 'run'} again`];
  const moves =
    moved.moves === 0
      ? []
      : [`${plural(moved.moves, 'move')} of ${formatBytes(moved.bytes)} in all, beside which nothing runs`];
  return [...runs, ...moves].join(', ');
}

function describeCost({fit, problem, unit, isListed}: FitReport): string {
  const {cost, costBound, status} = fit;
  const once = problem.operators.reduce((sum, operator) => sum + (operator.cost ?? 0), 0);
  const share = once > 0 ? `, ${((100 * cost) / once).toFixed(2)} % of one run of all that have a cost` : '';
  const order = `with first runs in ${orderName(isListed)}`;
  const proof =
    status === 'optimal'
      ? cost === 0
        ? 'none is less'
        : `the least ${order}: proven`
      : `${order} no schedule costs less than ${formatCount(costBound)}`;
  return `${formatCount(cost)} (${unit})${share}; ${proof}`;
}

function orderName(isListed: boolean): string {
  return isListed ? "the file's order" : 'the order of the smallest plan found';
}

function describeFailure({fit, problem, isListed, rules}: FitReport): string {
  const {capacity, obstacle, status} = fit;
  const limit = formatBytes(capacity);
  if (status === 'unknown') return `none was found within ${limit}, which proves nothing`;
  if (!obstacle) return `none fits ${limit} with first runs in ${orderName(isListed)}: proven`;
  const needed = formatBytes(obstacle.needed);
  if (obstacle.at === 'start')
    return `none fits: the inputs alone are ${needed}, and the capacity is ${limit}`;
  if (obstacle.at === 'end')
    return `none fits: the outputs alone are ${needed}, and the capacity is ${limit}`;
  const name = problem.operators[obstacle.operator!]!.id ?? String(obstacle.operator);
  const own = formatBytes(obstacle.own);
  if (obstacle.own > capacity) return `none fits: ${name} alone needs ${own}, and the capacity is ${limit}`;
  const others = formatBytes(obstacle.needed - obstacle.own);
  const may = rules.offload === undefined ? 'be computed again by then' : 'be computed again or moved';
  return `none fits: while ${name} runs with ${own}, ${others} are there that cannot ${may}; the capacity is ${limit}`;
}

function stepLines(report: FitReport): string[] {
  const extra = report.fit.steps.flatMap((step, tick) => (step.kind === 'run' ? [] : [{step, tick}]));
  if (extra.length === 0) return [];
  const lines = extra
    .slice(0, MOST_STEPS)
    .map(({step, tick}) => `  step ${tick}: ${describeStep(step, report)}`);
  const more = extra.length - lines.length;
  return ['', ...lines, ...(more > 0 ? [`  and ${plural(more, 'more step')}: see -o or --json`] : [])];
}

function describeStep({kind, operator, tensor}: FitStep, {problem, rules}: FitReport): string {
  if (kind === 'run' || kind === 'again') {
    const {id = String(operator), cost = 0} = problem.operators[operator!]!;
    return `run ${id} again, cost ${formatCount(cost)}`;
  }
  const {id = String(tensor), size} = problem.tensors[tensor!]!;
  const cost = Math.ceil(size / rules.offload!);
  return `move ${id} ${kind}, ${formatBytes(size)}, cost ${formatCount(cost)}`;
}

/** Documented in `docs/recompute.md`. */
export function fitJson(report: FitReport): object {
  const {file, format, problem, rules, unit, fit, isListed, listedPeak, orderedPeak, seconds, warnings} =
    report;
  const {planned, obstacle} = fit;
  return {
    schema: SCHEDULE_SCHEMA,
    source: {file, format},
    status: fit.status,
    capacity: fit.capacity,
    peak: planned?.plan.peak ?? null,
    listedPeak,
    orderedPeak,
    firstRuns: isListed ? 'listed' : 'smallest-plan',
    unit,
    bytesPerCost: rules.offload ?? null,
    cost: planned ? fit.cost : null,
    costBound: Number.isFinite(fit.costBound) ? fit.costBound : null,
    again: fit.again,
    moved: fit.moved,
    obstacle: obstacle ? {...obstacle, operator: obstacle.operator ?? null} : null,
    steps: fit.steps.map(({kind, operator, tensor}) =>
      operator === undefined
        ? {kind, tensor, id: problem.tensors[tensor!]!.id ?? String(tensor)}
        : {kind, operator, id: problem.operators[operator]!.id ?? String(operator)},
    ),
    buffers: planned ? buffersJson(planned) : [],
    seconds,
    warnings,
  };
}

function buffersJson({problem, tensorOf, plan}: NonNullable<FitSchedule['planned']>): object[] {
  return Array.from(tensorOf, (tensor, i) => ({
    id: problem.ids![i],
    tensor,
    size: problem.size[i],
    start: problem.start[i],
    end: problem.end[i],
    offset: plan.offsets[i],
  }));
}
