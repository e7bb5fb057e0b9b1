/** Schedules by walks: some policies, then the best of them with weights of gaps changed at random, as long as that costs no more. */
import type {Bytes} from '../../model/numbers.ts';
import {type FitGraph, type GraphStep, NEVER} from './graph.ts';
import {pendingSets, usefulSets, type ValueSets} from './useful.ts';
import {type Walked, type WalkInput, type WalkPolicy, walk, walkInput} from './walk.ts';

/** The best schedule that was found; no steps where none was. */
export interface Improved {
  readonly steps?: readonly GraphStep[];
  readonly cost: number;
  /** Operators run and values considered, over all walks. */
  readonly nodes: number;
}

export interface ImproveLimits {
  /** After so many nodes or walks no walk begins. */
  readonly nodes: number;
  readonly walks: number;
  /** Nothing costs less. */
  readonly bound: number;
  readonly seed: number;
}

/** Words of the sets of useful values at most. */
const MOST_WORDS = 2 ** 22;
/** Gaps whose weights one attempt changes at most. */
const MOST_CHANGES = 4;

/** @returns the best schedule of its walks; pauses after each, and ends early where it is told `true`. */
export function* improved(
  graph: FitGraph,
  capacity: Bytes,
  {nodes: most, walks: mostWalks, bound, seed}: ImproveLimits,
): Generator<undefined, Improved, boolean | undefined> {
  const input = walkInput(graph, capacity, setsOf(graph));
  const random = randomOf(seed);
  let walks = 0;
  let nodes = 0;
  let best: {walked: Walked; policy: WalkPolicy} | undefined;
  const tryPolicy = function* (policy: WalkPolicy): Generator<undefined, void, boolean | undefined> {
    walks++;
    // one that costs as much is taken: the next change begins elsewhere
    const steps = walk(input, policy, best ? best.walked.cost + 1 : NEVER);
    let next = steps.next();
    // the first schedule is waited for, also where time is over
    while (!next.done) next = steps.next((yield) === true && best !== undefined);
    const {walked, ...rest} = next.value;
    nodes += rest.nodes + 1;
    if (walked) best = {walked, policy};
  };
  for (const policy of policies(input)) {
    yield* tryPolicy(policy);
    if (isOver(best?.walked, bound) || (yield) === true) return resultOf(best?.walked, nodes);
  }
  const weights = plainWeights(input);
  while (nodes < most && walks < mostWalks) {
    const from = best?.policy ?? {byDistance: walks % 2 === 0, byAllBytes: walks % 4 < 2, weights};
    yield* tryPolicy(changed(from, best?.walked, random));
    if (isOver(best?.walked, bound) || (yield) === true) break;
  }
  return resultOf(best?.walked, nodes);
}

function isOver(best: Walked | undefined, bound: number): boolean {
  return best !== undefined && best.cost <= bound;
}

function resultOf(best: Walked | undefined, nodes: number): Improved {
  return best ? {steps: best.steps, cost: best.cost, nodes} : {cost: NEVER, nodes};
}

function setsOf(graph: FitGraph): ValueSets | undefined {
  const words = (graph.operators + 1) * Math.ceil(graph.values / 32);
  return words > MOST_WORDS ? undefined : usefulSets(graph, pendingSets(graph));
}

function plainWeights({firstGap}: WalkInput): Float64Array {
  return new Float64Array(firstGap.at(-1)!).fill(1);
}

function* policies(input: WalkInput): Generator<WalkPolicy> {
  for (const byDistance of [true, false]) {
    for (const byAllBytes of [true, false]) yield {byDistance, byAllBytes, weights: plainWeights(input)};
  }
}

/** The policy with other weights for some gaps, most of them ones in which a value was away. */
function changed(policy: WalkPolicy, walked: Walked | undefined, random: () => number): WalkPolicy {
  const weights = policy.weights.slice();
  if (weights.length === 0) return policy;
  const changes = 1 + (random() % MOST_CHANGES);
  for (let k = 0; k < changes; k++) {
    const away = walked?.gaps ?? [];
    const isAway = away.length > 0 && random() % 4 < 3;
    const gap = isAway ? away[random() % away.length]! : random() % weights.length;
    weights[gap] = FACTORS[random() % FACTORS.length]!;
  }
  const isOther = random() % 16 === 0;
  return {
    byDistance: isOther ? !policy.byDistance : policy.byDistance,
    byAllBytes: random() % 16 === 0 ? !policy.byAllBytes : policy.byAllBytes,
    weights,
  };
}

/** Powers of two, so that no product is rounded; the last: it stays. */
const FACTORS = [1, 1 / 16, 1 / 4, 1 / 2, 2, 4, 16, NEVER];

/** Integers from 0 to 2^31 − 1, the same for the same seed on every machine (xorshift). */
function randomOf(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state >>> 1;
  };
}
