/**
 * Judges what the planner answers to one problem: the plan, its bound and proof, capacities, the same problem in other words,
 * and broken plans, against `reference.ts`.
 */
import {
  type BufferInfo,
  LimitError,
  type Plan,
  type Planner,
  type PlanOptions,
  type Problem,
} from '../../../bindings/index.ts';
import type {Random} from '../../random.ts';
import type {Fault, Verdict} from '../campaign.ts';
import {moved, type PlansCase, shuffled} from './cases.ts';
import {
  bestPeak,
  clashOf,
  conflictsOf,
  faultOf,
  greedyPeaks,
  isLive,
  loadOf,
  type Plain,
  topOf,
} from './reference.ts';

/** Brute force goes up to so many live buffers. */
const FEW = 7;
const MOST = Number.MAX_SAFE_INTEGER;
const LAST_TICK = 2 ** 32 - 1;

/** Ends the judgement of a case. */
class Wrong extends Error {
  readonly fault: Fault;
  constructor(kind: string, message: string) {
    super(message);
    this.fault = {kind, message};
  }
}

function check(isRight: boolean, kind: string, message: () => string): asserts isRight {
  if (!isRight) throw new Wrong(kind, message());
}

const problemOf = (buffers: readonly Plain[]): Problem => ({
  buffers: buffers.map(buffer => buffer as BufferInfo),
});

/** What is known about a problem without the planner. */
interface Known {
  readonly buffers: readonly Plain[];
  readonly conflicts: number[][];
  readonly load: number;
  /** Peak of the best plan, bytes; undefined where brute force would take too long. */
  readonly best: number | undefined;
  /** The best of the greedy planners, bytes. */
  readonly greedy: number;
}

function known(buffers: readonly Plain[]): Known {
  const conflicts = conflictsOf(buffers);
  const load = loadOf(buffers);
  const isFew = buffers.filter(isLive).length <= FEW;
  const greedy = Math.min(...Object.values(greedyPeaks(buffers, conflicts)));
  return {buffers, conflicts, load, best: isFew ? bestPeak(buffers, conflicts, load) : undefined, greedy};
}

export function judgePlans(planner: Planner, {buffers, nodeLimit, seed}: PlansCase, random: Random): Verdict {
  const counts: Record<string, number> = {};
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const options = {nodeLimit, seed};
  try {
    const facts = known(buffers);
    const plan = planned(planner, facts, options);
    if (plan === undefined) count('beyond 2^53');
    else if (plan.clash) {
      count('clashes');
      const [a, b] = clashOf(buffers, facts.conflicts) ?? [];
      check(
        a !== undefined && b !== undefined,
        'no clash',
        () => `${JSON.stringify(plan.clash)} share no byte`,
      );
    } else {
      check(
        clashOf(buffers, facts.conflicts) === undefined,
        'clash',
        () => 'fixed buffers that share bytes are planned',
      );
      judgePlan(facts, plan, count);
      judgeVerify(planner, facts, plan, random);
      judgeCapacities(planner, facts, plan, options, count);
      judgeVariant(planner, facts, plan, options, random, count);
    }
    return {counts};
  } catch (error) {
    if (error instanceof Wrong) return {fault: error.fault, counts};
    const {name, message} = error as Error;
    return {fault: {kind: `throws ${name}`, message}, counts};
  }
}

/** The plan; undefined where none below 2^53 − 1 exists. */
function planned(
  planner: Planner,
  {buffers, best, greedy, load}: Known,
  options: PlanOptions,
): Plan | undefined {
  try {
    return planner.plan(problemOf(buffers), options);
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    const {message} = error;
    const total = buffers.reduce((sum, {size}) => sum + size, 0);
    const isKnown = total > 2 ** 62 || load > MOST || (best ?? greedy) > MOST;
    check(isKnown, 'limit', () => `${message}, where a plan of ${best ?? greedy} exists`);
    return undefined;
  }
}

function judgePlan(
  {buffers, conflicts, load, best, greedy}: Known,
  plan: Plan,
  count: (name: string) => void,
): void {
  const {offsets, peak, lowerBound, status} = plan;
  const fault = faultOf(buffers, conflicts, offsets);
  check(fault === undefined, 'invalid', () => fault!);
  check(peak === topOf(buffers, offsets), 'peak', () => `${peak} for a plan of ${topOf(buffers, offsets)}`);
  check(
    lowerBound <= peak && lowerBound >= load,
    'bound',
    () => `load ${load}, bound ${lowerBound}, peak ${peak}`,
  );
  check(
    status === (peak === lowerBound ? 'optimal' : 'feasible'),
    'status',
    () => `${status}: ${lowerBound}, ${peak}`,
  );
  check(peak <= greedy, 'worse than greedy', () => `peak ${peak}, greedy ${greedy}, bound ${lowerBound}`);
  count(status);
  if (best === undefined) return;
  count('brute force');
  check(lowerBound <= best, 'false bound', () => `bound ${lowerBound}, best ${best}`);
  check(peak >= best, 'below the best', () => `peak ${peak}, best ${best}`);
  if (peak > best) count('above the best');
}

/** `verify` accepts the plan, and refuses one with a buffer moved where the reference refuses it. */
function judgeVerify(planner: Planner, {buffers, conflicts}: Known, plan: Plan, random: Random): void {
  const problem = problemOf(buffers);
  const found = planner.verify(problem, plan);
  check(found.length === 0, 'verify refuses', () => JSON.stringify(found[0]));
  const i = random(buffers.length);
  const offsets = Float64Array.from(plan.offsets);
  offsets[i] =
    random(2) === 0 ? offsets[random(buffers.length)]! : offsets[i]! + 1 + random(buffers[i]!.alignment);
  const fault = faultOf(buffers, conflicts, offsets);
  const isRefused = planner.verify(problem, {offsets}).length > 0;
  check(
    isRefused === (fault !== undefined),
    'verify',
    () => `${isRefused ? 'refused' : 'accepted'}: ${fault ?? 'valid'}`,
  );
}

function judgeCapacities(
  planner: Planner,
  {buffers, conflicts, load, best}: Known,
  plan: Plan,
  options: PlanOptions,
  count: (name: string) => void,
): void {
  const lowest = best ?? plan.lowerBound;
  const capacities = new Set([lowest, lowest - 1, load - 1, plan.peak].filter(bytes => bytes > 0));
  for (const capacity of capacities) {
    count('capacities');
    const {status, offsets, peak} = planner.plan(problemOf(buffers), {...options, capacity});
    const fault = faultOf(buffers, conflicts, offsets);
    check(fault === undefined, 'invalid in a capacity', () => `${capacity}: ${fault}`);
    const fits = status === 'optimal' || status === 'feasible';
    check(fits === peak <= capacity, 'status in a capacity', () => `${status}: ${peak} in ${capacity}`);
    if (best !== undefined && capacity < best) check(!fits, 'fits', () => `${capacity}, best ${best}`);
    if (capacity >= (best ?? plan.peak))
      check(status !== 'infeasible', 'false infeasible', () => `${capacity}`);
    if (capacity < load)
      check(status === 'infeasible', 'not infeasible', () => `${status}: ${capacity}, load ${load}`);
    if (status === 'infeasible') count('proven not to fit');
  }
}

interface Variant {
  readonly name: string;
  readonly buffers: readonly Plain[];
  /** What every peak and bound is multiplied by. */
  readonly factor: number;
}

/** The same problem in other words has the same best plan: no bound of one is above a plan of the other. */
function judgeVariant(
  planner: Planner,
  {buffers}: Known,
  plan: Plan,
  options: PlanOptions,
  random: Random,
  count: (name: string) => void,
): void {
  const variant = VARIANTS[random(VARIANTS.length)]!(buffers, random);
  if (variant === undefined) return;
  count(variant.name);
  const facts = known(variant.buffers);
  const other = planner.plan(problemOf(variant.buffers), options);
  judgePlan(facts, other, () => {});
  const told = () =>
    `${variant.name}: ${plan.lowerBound} to ${plan.peak}, ${other.lowerBound} to ${other.peak}`;
  check(other.lowerBound <= plan.peak * variant.factor, 'bound of a variant', told);
  check(plan.lowerBound * variant.factor <= other.peak, 'bound of a variant', told);
  if (variant.name === 'without hints') check(plan.peak <= other.peak, 'hints', told);
  if (variant.name !== 'the same') return;
  check(Buffer.from(other.offsets.buffer).equals(Buffer.from(plan.offsets.buffer)), 'not determined', told);
}

const VARIANTS: readonly ((buffers: readonly Plain[], random: Random) => Variant | undefined)[] = [
  buffers => ({name: 'the same', buffers, factor: 1}),
  buffers => {
    if (buffers.every(({hint}) => hint === undefined)) return undefined;
    return {name: 'without hints', buffers: buffers.map(({hint: _, ...buffer}) => buffer), factor: 1};
  },
  (buffers, random) => ({name: 'permuted', buffers: shuffled(random, buffers), factor: 1}),
  buffers => {
    const edges = buffers.flatMap(({start, end}) => [start, end]);
    const [first, last] = [Math.min(...edges), Math.max(...edges)];
    return {name: 'reversed', buffers: buffers.map(buffer => reversed(buffer, first + last)), factor: 1};
  },
  (buffers, random) => {
    const last = Math.max(...buffers.map(({end}) => end));
    const first = Math.min(...buffers.map(({start}) => start));
    const shift = random(2) === 0 ? -first : LAST_TICK - last;
    return {name: 'shifted', buffers: buffers.map(buffer => moved(buffer, tick => tick + shift)), factor: 1};
  },
  (buffers, random) => {
    const factor = 2 ** (1 + random(30));
    const scaled = buffers.map(buffer => ({
      ...buffer,
      size: buffer.size * factor,
      alignment: buffer.alignment * factor,
      ...(buffer.offset === undefined ? {} : {offset: buffer.offset * factor}),
      ...(buffer.hint === undefined ? {} : {hint: buffer.hint * factor}),
    }));
    const total = scaled.reduce((sum, {size, alignment, offset = 0}) => sum + size + alignment + offset, 0);
    return total > 2 ** 52 ? undefined : {name: 'scaled', buffers: scaled, factor};
  },
];

function reversed(buffer: Plain, sum: number): Plain {
  const {gaps, ...rest} = buffer;
  const turned = gaps?.map(([from, to]): [number, number] => [sum - to, sum - from]).reverse();
  return {...rest, start: sum - buffer.end, end: sum - buffer.start, ...(turned ? {gaps: turned} : {})};
}
