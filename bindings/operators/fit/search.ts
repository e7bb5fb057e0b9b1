/**
 * Looks for a cheap schedule whose buffers pack: walks first, then the exact search, then walks again. The load of a schedule decides, since
 * nearly all pack at their load; where one does not, the next is looked for with a lower load.
 */
import type {Bytes} from '../../model/numbers.ts';
import type {Plan} from '../../model/plan.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import type {Found} from './answer.ts';
import {lowerBoundOf} from './bound.ts';
import {type ExactResult, exactSteps} from './exact.ts';
import {costOf, type FitGraph, type GraphStep, NEVER} from './graph.ts';
import {improved} from './improve.ts';

export interface SearchLimits {
  readonly seed: number;
  /** Operators run and values considered in walks; a state of the exact search counts as some. */
  readonly nodes: number;
}

type Searching<T> = Generator<ProblemColumns | undefined, T, Plan | true | undefined>;

/** Loads that are tried where the schedules found do not pack. */
const MOST_LOADS = 8;
/** The exact search gets a node budget in states, which take as long as so many nodes of a walk. */
const NODES_OF_A_STATE = 20;
/** Of up to 300 operators, some hundred megabytes. */
const MOST_STATES = 200_000;
/** Its bounds take time as operators × values²; of more it would not come to an end anyway. */
const MOST_OPERATORS = 300;
/** The part of the nodes for walks before the exact search, which needs a cost to stay below, and how many walks at most. */
const FIRST_PART = 1 / 10;
const FIRST_WALKS = 32;
const MOST_WALKS = 10_000;

/** @returns the cheapest schedule found that packs into the capacity, and what is proven. */
export function* searched(
  graph: FitGraph,
  capacity: Bytes,
  limits: SearchLimits,
  columnsOf: (steps: readonly GraphStep[]) => ProblemColumns,
): Searching<Found> {
  let bound = 0;
  let load = capacity;
  for (let k = 0; k < MOST_LOADS && load > 0; k++) {
    const cheapest = yield* cheapestAt(graph, load, limits);
    if (k === 0) bound = cheapest.bound;
    if (!cheapest.steps) break;
    const columns = columnsOf(cheapest.steps);
    const plan = (yield columns) as Plan;
    if (plan.peak <= capacity) return {steps: cheapest.steps, plan, bound};
    load = Math.min(load - 1, load - Math.ceil((plan.peak - capacity) / 2));
  }
  return {bound};
}

/** The cheapest schedule of at most this load, and a bound of its cost. */
function* cheapestAt(graph: FitGraph, load: Bytes, {seed, nodes}: SearchLimits): Searching<Found> {
  const bound = lowerBoundOf(graph, load);
  const first = yield* forwarded(
    improved(graph, load, {nodes: nodes * FIRST_PART, walks: FIRST_WALKS, bound, seed}),
  );
  if (first.cost <= bound) return {...stepsOf(first), bound};
  const states =
    graph.operators > MOST_OPERATORS ? 0 : Math.min(MOST_STATES, Math.ceil(nodes / NODES_OF_A_STATE));
  const exact = states > 0 ? yield* forwarded(exactSteps(graph, load, {states, below: first.cost})) : NOTHING;
  if (exact.isInfeasible) return {bound: NEVER};
  if (exact.steps) return {steps: exact.steps, bound: costOf(graph, exact.steps)};
  const proven = Math.max(bound, exact.bound);
  if (first.cost <= proven) return {...stepsOf(first), bound: proven};
  const last = yield* forwarded(improved(graph, load, {nodes, walks: MOST_WALKS, bound: proven, seed}));
  return {...stepsOf(last), bound: proven};
}

const NOTHING: ExactResult = {isInfeasible: false, bound: 0, states: 0};

function stepsOf({steps}: {readonly steps?: readonly GraphStep[]}): Pick<Found, 'steps'> {
  return steps ? {steps} : {};
}

/** Passes on pauses, and the word to end. */
function* forwarded<T>(inner: Generator<undefined, T, boolean | undefined>): Searching<T> {
  let next = inner.next();
  while (!next.done) next = inner.next((yield undefined) === true);
  return next.value;
}
