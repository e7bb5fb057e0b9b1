/** Draws problems with constraints of all kinds, combined: small ones for brute force, and larger ones around a plan. */
import type {BufferInfo, Problem} from '../../../bindings/index.ts';
import type {Random} from '../../random.ts';
import {type Placed, Rules} from './rules.ts';

export interface Case {
  readonly problem: Problem;
  /** `options.alignment`. */
  readonly alignment?: number;
  /** A plan that the problem was made around: no bound may be above it. */
  readonly plan?: Placed;
}

/** Problems may change while they are drawn. */
type Draft = {
  -readonly [K in keyof Problem]: Problem[K] extends readonly (infer T)[] | undefined ? T[] : Problem[K];
} & {
  buffers: BufferInfo[];
};

const oneIn = (random: Random, n: number) => random(n) === 0;

export function drawSmall(random: Random): Case {
  const count = 2 + random(5);
  const ticks = 3 + random(4);
  const alignments = oneIn(random, 2) ? 1 : 3;
  const fixedOneIn = oneIn(random, 3) ? 3 : 1000;
  const deadOneIn = oneIn(random, 4) ? 5 : 1000;
  const draft: Draft = {
    buffers: Array.from({length: count}, () =>
      drawBuffer(random, ticks, {alignments, fixedOneIn, deadOneIn}),
    ),
  };
  const has = {
    ties: random(5) > 0,
    inPlace: random(3) > 0,
    pools: oneIn(random, 3),
    parts: oneIn(random, 12),
  };
  if (has.inPlace) for (let k = random(4); k >= 0; k--) addInPlace(draft, random);
  if (has.ties) for (let k = random(2); k >= 0; k--) addTie(draft, random);
  if (oneIn(random, 4))
    draft.separate = Array.from({length: 1 + random(3)}, () => someBuffers(random, count, 2));
  if (oneIn(random, 8)) draft.scopes = [drawScope(random, count)];
  if (has.pools) addPools(draft, random);
  else if (has.parts) return {problem: withParts(draft, random)};
  if (!has.pools && oneIn(random, 4)) draft.capacity = 3 + random(14);
  if (oneIn(random, 5)) draft.alignment = 2 ** random(3);
  if (oneIn(random, 6))
    draft.buffers = draft.buffers.map(one => (oneIn(random, 2) ? {...one, hint: random(12)} : one));
  const options = oneIn(random, 8) ? {alignment: 2 ** random(3)} : {};
  return {problem: withFixedAligned(draft, options.alignment), ...options};
}

interface BufferShape {
  /** Powers of two that an alignment is drawn from. */
  readonly alignments: number;
  readonly fixedOneIn: number;
  readonly deadOneIn: number;
}

function drawBuffer(random: Random, ticks: number, shape: BufferShape): BufferInfo {
  const start = random(ticks);
  const isDead = oneIn(random, shape.deadOneIn);
  const end = isDead && oneIn(random, 2) ? start : start + 1 + random(ticks - start);
  const size = isDead && end > start ? 0 : 1 + random(5);
  const alignment = 2 ** random(shape.alignments);
  return {
    size,
    start,
    end,
    ...(alignment > 1 ? {alignment} : {}),
    ...(end - start > 2 && oneIn(random, 4) ? {gaps: [drawGap(random, start, end)]} : {}),
    ...(oneIn(random, shape.fixedOneIn) ? {offset: random(10)} : {}),
  };
}

function drawGap(random: Random, start: number, end: number): [number, number] {
  const from = start + 1 + random(end - start - 2);
  return [from, from + 1 + random(end - 1 - from)];
}

function someBuffers(random: Random, count: number, most: number): [number, number] {
  const left = Array.from({length: count}, (_, i) => i);
  const length = 2 + random(Math.min(most, count) - 1);
  return Array.from({length}, () => left.splice(random(left.length), 1)[0]!) as [number, number];
}

/** An output that begins in the last tick of an input and is as large at most; now and then one that is not so. */
function addInPlace(draft: Draft, random: Random): void {
  const [input, output] = someBuffers(random, draft.buffers.length, 2);
  const from = draft.buffers[input]!;
  if (!oneIn(random, 8) && from.end > from.start) {
    const {gaps: _, ...rest} = draft.buffers[output]!;
    const start = from.end - 1;
    const size = oneIn(random, 2) ? from.size : 1 + random(Math.max(1, from.size));
    draft.buffers[output] = {...rest, size, start, end: start + 1 + random(3)};
  }
  draft.inPlace = [...(draft.inPlace ?? []), {input, output}];
}

function addTie(draft: Draft, random: Random): void {
  const {length} = draft.buffers;
  const kind = random(3);
  if (kind === 0) draft.share = [...(draft.share ?? []), someBuffers(random, length, 3)];
  if (kind === 1) draft.adjacent = [...(draft.adjacent ?? []), someBuffers(random, length, 3)];
  if (kind < 2) return;
  const [a, b] = someBuffers(random, length, 2);
  const isLarger = draft.buffers[a]!.size >= draft.buffers[b]!.size;
  const [of, buffer] = isLarger ? [a, b] : [b, a];
  const offset = random(draft.buffers[of]!.size - draft.buffers[buffer]!.size + 1);
  draft.views = [...(draft.views ?? []), {buffer, of, offset}];
}

function drawScope(random: Random, count: number): {reads: number[]; writes: number[]} {
  const all = someBuffers(random, count, 4);
  const reads = 1 + random(all.length - 1);
  return {reads: all.slice(0, reads), writes: all.slice(reads)};
}

function addPools(draft: Draft, random: Random): void {
  const names = ['a', 'b', 'c'].slice(0, 1 + random(3));
  draft.pools = names.map(name => ({
    name,
    ...(random(3) > 0 ? {capacity: 3 + random(14)} : {}),
    ...(oneIn(random, 3) ? {alignment: 2 ** random(4)} : {}),
    ...(oneIn(random, 5) ? {largest: 2 + random(4)} : {}),
    ...(oneIn(random, 2) ? {cost: random(4)} : {}),
    ...(oneIn(random, 4) ? {repeated: true} : {}),
  }));
  draft.buffers = draft.buffers.map(one => ({
    ...one,
    ...(oneIn(random, 5) ? {pools: [names[random(names.length)]!]} : {}),
    ...(oneIn(random, 3) ? {accesses: random(5)} : {}),
  }));
}

/** Parts allow ties within them, and nothing fixed. */
function withParts({buffers, share, views, adjacent, inPlace}: Draft, random: Random): Problem {
  const of = buffers.map(() => (oneIn(random, 2) ? 'p' : ''));
  const isWithin = (...all: readonly (number | string)[]) =>
    all.every(i => of[Number(i)] === of[Number(all[0])]);
  return {
    buffers: buffers.map(({offset: _, hint: __, ...one}, i) => ({...one, part: of[i]!})),
    ...(share ? {share: share.filter(group => isWithin(...group))} : {}),
    ...(views ? {views: views.filter(({buffer, of: owner}) => isWithin(buffer, owner))} : {}),
    ...(adjacent ? {adjacent: adjacent.filter(group => isWithin(...group))} : {}),
    ...(inPlace ? {inPlace: inPlace.filter(({input, output}) => isWithin(input, output))} : {}),
  };
}

/** A fixed offset that is no multiple of the buffer's own alignment is refused as a statement. */
function withFixedAligned(draft: Draft, alignment: number | undefined): Problem {
  const rules = new Rules(draft, alignment);
  const buffers = draft.buffers.map((one, i) => {
    if (one.offset === undefined) return one;
    return {...one, offset: one.offset - (one.offset % rules.alignmentOf(i))};
  });
  return {...draft, buffers};
}

/** A plan that grows as long as it is valid; the problem is what it keeps to. */
export function drawAround(random: Random): Case {
  const height = 8 + random(60);
  const ticks = 6 + random(20);
  const most = 6 + random(25);
  const draft: Draft = {buffers: []};
  const offsets: number[] = [];
  const poolCount = oneIn(random, 4) ? 1 + random(2) : 0;
  const arenas: [number, number][] = [];
  if (poolCount > 0)
    draft.pools = Array.from({length: poolCount}, (_, k) => ({
      name: `p${k}`,
      ...(oneIn(random, 2) ? {capacity: height} : {}),
      ...(oneIn(random, 3) ? {alignment: 2 ** random(3)} : {}),
    }));
  const isValid = () => new Rules(draft).faults({offsets, arenas}).length === 0;
  for (let attempt = 0; attempt < 3 * most && draft.buffers.length < most; attempt++) {
    const before = {...draft};
    const count = draft.buffers.length;
    const near = count > 0 && random(3) > 0 ? random(count) : undefined;
    addAround(draft, offsets, arenas, near, {random, height, ticks, poolCount});
    if (isValid()) continue;
    for (const key of Object.keys(draft) as (keyof Draft)[]) delete draft[key];
    Object.assign(draft, before);
    offsets.length = count;
    arenas.length = count;
  }
  for (let k = random(6); k > 0 && draft.buffers.length > 2; k--) addSeparate(draft, random, isValid);
  return {problem: {...draft}, plan: {offsets, arenas}};
}

interface Canvas {
  readonly random: Random;
  readonly height: number;
  readonly ticks: number;
  readonly poolCount: number;
}

/** One buffer more, by itself or tied to buffer `near`, where its tie has it. */
function addAround(
  draft: Draft,
  offsets: number[],
  arenas: [number, number][],
  near: number | undefined,
  {random, height, ticks, poolCount}: Canvas,
): void {
  const made = draft.buffers.length;
  const kind = near === undefined ? 4 : random(5);
  const other = near === undefined ? undefined : draft.buffers[near]!;
  const start = random(ticks);
  const size = 1 + random(Math.max(1, height >> 2));
  let buffer: BufferInfo = {size, start, end: start + 1 + random(1 + (ticks >> 1))};
  let offset = random(Math.max(1, height - size));
  if (other && near !== undefined) {
    offset = offsets[near]!;
    if (kind === 0) {
      const begin = other.end - 1;
      buffer = {size: 1 + random(other.size), start: begin, end: begin + 1 + random(4)};
      draft.inPlace = [...(draft.inPlace ?? []), {input: near, output: made}];
    }
    if (kind === 1) draft.share = [...(draft.share ?? []), [near, made]];
    if (kind === 2) {
      const inner = random(other.size);
      buffer = {...buffer, size: 1 + random(other.size - inner)};
      offset += inner;
      draft.views = [...(draft.views ?? []), {buffer: made, of: near, offset: inner}];
    }
    if (kind === 3) {
      offset += other.size;
      draft.adjacent = [...(draft.adjacent ?? []), [near, made]];
    }
  }
  if (oneIn(random, 4)) buffer = {...buffer, alignment: largestPower(offset, 8)};
  if (oneIn(random, 12)) buffer = {...buffer, offset};
  draft.buffers = [...draft.buffers, buffer];
  offsets.push(offset);
  arenas.push(near === undefined || kind === 4 ? [random(Math.max(1, poolCount)), 0] : arenas[near]!);
}

function addSeparate(draft: Draft, random: Random, isValid: () => boolean): void {
  if (draft.pools === undefined) return;
  const {separate} = draft;
  draft.separate = [...(separate ?? []), someBuffers(random, draft.buffers.length, 2)];
  if (isValid()) return;
  if (separate === undefined) delete draft.separate;
  else draft.separate = separate;
}

function largestPower(offset: number, most: number): number {
  let power = most;
  while (offset % power !== 0) power /= 2;
  return power;
}
