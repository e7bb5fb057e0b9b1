/** Seeded tiny problems with constraints, small enough for brute force. */
import type {BufferInfo, Problem, SizeFrom} from '../../bindings/index.ts';
import {type Random, randomProblem, type Shape} from '../random.ts';
import {Rules} from './oracle.ts';

const SHAPE: Shape = {buffers: 5, ticks: 6, sizes: 5};
const ALIGNED: Shape = {buffers: 4, ticks: 5, sizes: 6, alignment: 4, gapOneIn: 3};

/** Adds a kind of constraint to a plain problem. */
export type Kind = keyof typeof KINDS;

export const KINDS = {
  share: withShare,
  views: withViews,
  adjacent: withAdjacent,
  inPlace: withInPlace,
  pools: withPools,
  separate: withSeparate,
  scopes: withScopes,
  everything: withEverything,
  combined: withCombined,
  sizes: withSizes,
  hold: withHold,
  changing: withChanging,
} as const;

export function constrained(kind: Kind, random: Random): Problem {
  const plain = randomProblem(random, random(3) === 0 ? ALIGNED : {...SHAPE, gapOneIn: 4});
  return KINDS[kind](plain, random);
}

/** Two or three different buffers. */
function some(random: Random, {buffers}: Problem, most = 3): number[] {
  const left = buffers.map((_, i) => i);
  const count = 2 + random(Math.min(most, buffers.length) - 1);
  return Array.from({length: count}, () => left.splice(random(left.length), 1)[0]!);
}

function replaced(buffers: readonly BufferInfo[], i: number, change: Partial<BufferInfo>): BufferInfo[] {
  return buffers.map((buffer, k) => (k === i ? {...buffer, ...change} : buffer));
}

function withShare(problem: Problem, random: Random): Problem {
  return {...problem, share: [some(random, problem)]};
}

function withViews(problem: Problem, random: Random): Problem {
  const [buffer, of] = some(random, problem) as [number, number];
  const owner = problem.buffers[of]!;
  const size = 1 + random(owner.size);
  const alignment = problem.buffers[buffer]!.alignment ?? 1;
  const offset = Math.floor(random(owner.size - size + 1) / alignment) * alignment;
  return {buffers: replaced(problem.buffers, buffer, {size}), views: [{buffer, of, offset}]};
}

function withAdjacent(problem: Problem, random: Random): Problem {
  return {...problem, adjacent: [some(random, problem)]};
}

/** One or two outputs that begin in the last tick of an input. */
function withInPlace({buffers}: Problem, random: Random): Problem {
  let changed: readonly BufferInfo[] = buffers;
  const inPlace: {input: number; output: number}[] = [];
  for (let k = 0; k < 2; k++) {
    const [input, output] = some(random, {buffers: changed}, 2) as [number, number];
    const {gaps: _, ...rest} = changed[output]!;
    const start = changed[input]!.end - 1;
    const size = random(3) === 0 ? rest.size : changed[input]!.size;
    const made = {...rest, size, start, end: start + 1 + random(3)};
    // what another pair has made stays as it is
    if (inPlace.some(pair => pair.output === output || pair.input === output)) continue;
    changed = changed.map((buffer, i) => (i === output ? made : buffer));
    inPlace.push({input, output});
  }
  return {buffers: changed, inPlace};
}

function withPools({buffers}: Problem, random: Random): Problem {
  const pools = [
    {name: 'sram', capacity: 4 + random(8), ...(random(3) === 0 ? {alignment: 4} : {})},
    {name: 'dram', ...(random(2) === 0 ? {capacity: 6 + random(12)} : {}), cost: 1 + random(3)},
    ...(random(3) === 0 ? [{name: 'flash', capacity: 12, largest: 4, cost: 9}] : []),
  ];
  const chosen = buffers.map(buffer => ({
    ...buffer,
    ...(random(4) === 0 ? {pools: [pools[random(pools.length)]!.name]} : {}),
    ...(random(2) === 0 ? {accesses: random(6)} : {}),
  }));
  return {buffers: chosen, pools};
}

function withSeparate(problem: Problem, random: Random): Problem {
  const pair = () => some(random, problem, 2) as [number, number];
  const pairs = Array.from({length: 1 + random(4)}, pair);
  const limits =
    random(2) === 0 ? {} : {pools: [{name: 'gpu', repeated: true, capacity: 8, alignment: 2, largest: 6}]};
  return {...problem, separate: pairs, ...limits};
}

/** Every step reads what is live and writes what begins. */
function withScopes(problem: Problem, _random: Random): Problem {
  const rules = new Rules(problem);
  const scopes = problem.buffers.flatMap((buffer, i) => {
    const reads = problem.buffers.flatMap((_, j) =>
      j !== i && rules.isLiveAt(j, buffer.start) && problem.buffers[j]!.start < buffer.start ? [j] : [],
    );
    return reads.length > 0 ? [{reads: reads.slice(0, 2), writes: [i]}] : [];
  });
  return {...problem, scopes: scopes.length > 0 ? scopes : [{reads: [0], writes: [1]}]};
}

/** Pools, and one or two of the others. */
function withEverything(problem: Problem, random: Random): Problem {
  const tie = [withShare, withViews, withAdjacent, withInPlace][random(4)]!;
  const tied = tie(problem, random);
  const {buffers, pools} = withPools(tied, random);
  const placed = {...tied, buffers: buffers.map(({pools: _, ...rest}) => rest), pools: pools!};
  return random(2) === 0 ? placed : {...placed, separate: [some(random, problem, 2) as [number, number]]};
}

/**
 * Pairs in place, whose inputs and outputs are tied to others by one or two further constraints, with fixed offsets and pools:
 * an output that shares memory, a pair whose distance no alignment divides, a fixed offset that no pool's alignment divides.
 */
function withCombined(problem: Problem, random: Random): Problem {
  let combined: Problem = {...problem, ...withInPlace(problem, random)};
  for (let k = random(2); k >= 0; k--) {
    const tie = [withShare, withViews, withAdjacent][random(3)]!;
    combined = {...combined, ...tie(combined, random)};
  }
  if (random(3) === 0)
    combined = {...combined, buffers: combined.buffers.map(buffer => fixed(buffer, random))};
  if (random(3) === 0) combined = {...combined, ...withPools(combined, random)};
  return random(4) > 0 ? combined : {...combined, separate: [some(random, problem, 2) as [number, number]]};
}

/** Buffers that use a part of their bytes from some ticks on. */
function withSizes(problem: Problem, random: Random): Problem {
  const {buffers} =
    random(3) === 0 ? {buffers: problem.buffers.map(buffer => fixed(buffer, random))} : problem;
  return {
    ...problem,
    buffers: buffers.map((buffer, i) => (i > 0 && random(3) === 0 ? buffer : sized(buffer, random))),
  };
}

function sized(buffer: BufferInfo, random: Random): BufferInfo {
  const {start, end, size} = buffer;
  const sizes: SizeFrom[] = [];
  for (let tick = start + random(2); tick < end; tick += 1 + random(3)) {
    const to = random(size + 1);
    sizes.push(random(3) === 0 && to > 0 ? [tick, random(to), to] : [tick, to]);
  }
  const rules = new Rules({buffers: [{...buffer, sizes}]});
  const isUsed = Array.from({length: end}, (_, tick) => rules.bytesAt(0, tick)).some(bytes => bytes);
  return isUsed ? {...buffer, sizes} : buffer;
}

/** Bytes that wait, in half of the problems around the border. */
function withHold(whole: Problem, random: Random): Problem {
  const problem = {...whole, buffers: whole.buffers.slice(0, 4)};
  const last = Math.max(...problem.buffers.map(({end}) => end));
  const {buffers} =
    random(3) === 0 ? {buffers: problem.buffers.map(buffer => fixed(buffer, random))} : problem;
  const hold = 1 + random(4);
  return {...problem, buffers, hold, ...(random(2) === 0 ? {period: last + random(4)} : {})};
}

/** Sizes that change, and one or two of the others. */
function withChanging(problem: Problem, random: Random): Problem {
  const kind = random(4);
  let made: Problem = withSizes(problem, random);
  if (kind === 0) return {...made, ...withHold(made, random)};
  if (kind === 1) return {...made, ...withPools(made, random)};
  if (kind === 2) made = {...made, ...withInPlace(made, random)};
  const tied = [withShare, withViews, withAdjacent][random(3)]!;
  made = {...made, ...tied(made, random)};
  return {...made, buffers: made.buffers.map(buffer => withoutMisfit(buffer))};
}

/** Without sizes that another change has made too large or too late. */
function withoutMisfit(buffer: BufferInfo): BufferInfo {
  const {sizes = [], ...rest} = buffer;
  const isFit = sizes.every(([tick, ...bytes]) => {
    return tick >= rest.start && tick < rest.end && bytes.at(-1)! <= rest.size;
  });
  const rules = new Rules({buffers: [buffer]});
  const isUsed = Array.from({length: rest.end}, (_, tick) => rules.bytesAt(0, tick)).some(bytes => bytes);
  return isFit && isUsed ? buffer : rest;
}

function fixed(buffer: BufferInfo, random: Random): BufferInfo {
  const {alignment = 1} = buffer;
  return random(3) === 0 ? {...buffer, offset: alignment * random(8)} : buffer;
}
