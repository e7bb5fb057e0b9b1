/** What was found, in the words of the problem: steps by its operators and tensors, buffers with ids. */
import type {Plan} from '../../model/plan.ts';
import {type Bytes, NO_OFFSET, type ProblemColumns} from '../../model/problem.ts';
import type {Graph} from '../graph.ts';
import {buffersOf} from './buffers.ts';
import {costOf, type FitGraph, type GraphStep, type Obstruction} from './graph.ts';
import type {FitSchedule, FitStatus, FitStep} from './schedule.ts';

/** What is asked. */
export interface Asked {
  readonly graph: Graph;
  readonly fitGraph: FitGraph;
  readonly order: Uint32Array;
  readonly capacity: Bytes;
}

/** The steps that were found, with a plan within the capacity; none of them where there is none. */
export interface Found {
  readonly steps?: readonly GraphStep[];
  readonly plan?: Plan;
  /** No schedule costs less; Infinity where there is none. */
  readonly bound: number;
}

/** The buffers of the steps as a problem with the capacity. */
export function plannedOf({graph, fitGraph, capacity}: Asked, steps: readonly GraphStep[]): ProblemColumns {
  const {value, start, end, inPlace} = buffersOf(fitGraph, steps);
  const {size, alignment, tensorIds, tensorOf, defaultAlignment} = graph;
  const count = value.length;
  return {
    count,
    start: Uint32Array.from(start),
    end: Uint32Array.from(end),
    size: Float64Array.from(value, s => size[s]!),
    alignment: Float64Array.from(value, s => alignment[s]!),
    offset: new Float64Array(count).fill(NO_OFFSET),
    gapIndex: new Uint32Array(count + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
    ids: namesOf(value.map(s => tensorIds[tensorOf[s]!]!)),
    capacity,
    ...(defaultAlignment === undefined ? {} : {defaultAlignment}),
    ...(inPlace.length === 0
      ? {}
      : {constraints: {inPlace: inPlace.map(([input, output]) => ({input, output}))}}),
  };
}

/** A tensor's later buffers are told apart by their number: `conv1`, `conv1#2`, `conv1#3`. */
function namesOf(ids: readonly string[]): string[] {
  const times = new Map<string, number>();
  return ids.map(id => {
    const time = (times.get(id) ?? 0) + 1;
    times.set(id, time);
    return time === 1 ? id : `${id}#${time}`;
  });
}

export function answerOf(asked: Asked, {steps, plan, bound}: Found, obstruction?: Obstruction): FitSchedule {
  const {graph, fitGraph, order, capacity} = asked;
  const cost = steps ? costOf(fitGraph, steps) : Number.NaN;
  const obstacle = obstruction && {
    ...obstruction,
    ...(obstruction.operator === undefined ? {} : {operator: order[obstruction.operator]!}),
  };
  const named = (steps ?? []).map(({kind, index}): FitStep => {
    const isRun = kind === 'run' || kind === 'again';
    return isRun ? {kind, operator: order[index]!} : {kind, tensor: graph.tensorOf[index]!};
  });
  const answer = {
    status: statusOf(cost, bound),
    capacity,
    order,
    cost,
    costBound: bound,
    steps: named,
    ...sumsOf(fitGraph, steps ?? []),
    ...(obstacle ? {obstacle} : {}),
  };
  if (!steps || !plan) return answer;
  const {value} = buffersOf(fitGraph, steps);
  const tensorOf = Uint32Array.from(value, s => graph.tensorOf[s]!);
  return {...answer, planned: {problem: plannedOf(asked, steps), tensorOf, plan}};
}

function statusOf(cost: number, bound: number): FitStatus {
  if (bound === Number.POSITIVE_INFINITY) return 'infeasible';
  if (Number.isNaN(cost)) return 'unknown';
  return cost <= bound ? 'optimal' : 'feasible';
}

function sumsOf(
  {cost, move, size}: FitGraph,
  steps: readonly GraphStep[],
): Pick<FitSchedule, 'again' | 'moved'> {
  const again = {runs: 0, cost: 0};
  const moved = {moves: 0, bytes: 0, cost: 0};
  for (const {kind, index} of steps) {
    if (kind === 'again') {
      again.runs++;
      again.cost += cost[index]!;
    } else if (kind !== 'run') {
      moved.moves++;
      moved.bytes += size[index]!;
      moved.cost += move[index]!;
    }
  }
  return {again, moved};
}
