/**
 * What may be demanded of a plan beside sizes and lifetimes: pools, aliases, separation. As people state it, with
 * buffers by index or name, and as `ProblemColumns` carry it, with indices. `docs/constraints.md` defines each.
 */

import {clocksOf} from './check-clocks.ts';
import type {BufferClocks, Clocks} from './clocks.ts';
import {UsageError} from './errors.ts';
import {type Bytes, checkCount, checkFields, show} from './numbers.ts';
import {listNames} from './shown.ts';
import {type Hold, holdOf, type SizeFrom, type Sizes, sizesOf} from './sizes.ts';

/** A buffer by its index in the problem, or by its `id` where that is there once. */
export type BufferRef = number | string;

/** A memory. The pools of a problem are listed in the order of preference. */
export interface Pool {
  /** Unique; no commas, quotes, blanks or line breaks. */
  readonly name: string;
  /** Bytes that one arena in it may hold; unlimited where absent. */
  readonly capacity?: Bytes;
  /** Bytes, a power of two; every offset that the planner chooses in it is a multiple of this at least. Default 1. */
  readonly alignment?: Bytes;
  /** Size of the largest buffer that it takes, bytes (a binding limit); unlimited where absent. */
  readonly largest?: Bytes;
  /** What a byte costs that is read or written there, an integer. Default: its place in the list of pools, from 0. */
  readonly cost?: number;
  /** Whether there may be as many arenas as are needed, each of `capacity`. Default: there is one. */
  readonly repeated?: boolean;
}

/** `buffer` is part of `of`, which begins `offset` bytes before it. */
export interface View<Ref = BufferRef> {
  readonly buffer: Ref;
  readonly of: Ref;
  /** Bytes from the beginning of `of`. */
  readonly offset: Bytes;
}

/** What writes `output` may write it over `input`, which nothing reads later. The planner decides whether it does. */
export interface InPlace<Ref = BufferRef> {
  readonly input: Ref;
  readonly output: Ref;
}

/** What one program binds together: no GPU buffer may be bound for reading and for writing in one scope. */
export interface Scope<Ref = BufferRef> {
  readonly reads: readonly Ref[];
  /** Buffers that are written, or read and written. */
  readonly writes: readonly Ref[];
}

/** Constraints on buffers taken together. */
export interface Stated<Ref = BufferRef> {
  readonly pools?: readonly Pool[];
  /** Groups of buffers that begin at one offset: they are the same memory. */
  readonly share?: readonly (readonly Ref[])[];
  readonly views?: readonly View<Ref>[];
  readonly inPlace?: readonly InPlace<Ref>[];
  /** Groups of buffers that follow each other in this order, laid out like the members of a struct in C. */
  readonly adjacent?: readonly (readonly Ref[])[];
  /** Pairs of buffers that must not lie in one arena. */
  readonly separate?: readonly (readonly [Ref, Ref])[];
}

/** Constraints as columns carry them: buffers and pools by index. */
export interface Constraints extends Stated<number> {
  /** Per buffer: the pools it may lie in, by index; undefined for all of them. */
  readonly allowed?: readonly (readonly number[] | undefined)[];
  /** Parts of the arena that never share a byte, and per buffer the index of its part in `names`. */
  readonly parts?: {readonly names: readonly string[]; readonly of: Uint32Array};
  /** Per buffer: how often all of it is read or written. */
  readonly accesses?: Float64Array;
  /** When buffers of several streams may follow each other; without, the order of ticks decides. */
  readonly clocks?: Clocks;
  /** Which of its bytes each buffer uses when. */
  readonly sizes?: Sizes;
  /** How long bytes wait before another buffer may use them. */
  readonly hold?: Hold;
}

/** One write and one read, where a buffer states no accesses. */
export const DEFAULT_ACCESSES = 2;
/** Pools of a problem at most. */
export const MOST_POOLS = 30;

export const STATED_FIELDS = [
  'pools',
  'share',
  'views',
  'inPlace',
  'adjacent',
  'separate',
  'scopes',
  'streams',
  'hold',
  'period',
] as const;

/** What buffers state about themselves. */
export interface StatedBuffer {
  readonly id?: string;
  readonly pools?: readonly string[];
  readonly accesses?: number;
  readonly part?: string;
  readonly clocks?: readonly BufferClocks[];
  readonly sizes?: readonly SizeFrom[];
  readonly gaps?: readonly unknown[];
}

/**
 * The constraints of a problem with indices in place of names; undefined where it states none.
 * @throws UsageError naming the field.
 */
export function constraintsOf(
  stated: Stated & {readonly scopes?: readonly Scope[]; readonly streams?: readonly string[]} & {
    readonly hold?: number;
    readonly period?: number;
  },
  buffers: readonly StatedBuffer[],
): Constraints | undefined {
  const find = finder(buffers);
  const constraints: Constraints = {
    ...(stated.pools === undefined ? {} : {pools: listOf(stated.pools, 'pools')}),
    ...groupsOf('share', stated.share, find),
    ...groupsOf('adjacent', stated.adjacent, find),
    ...viewsOf(stated.views, find),
    ...inPlaceOf(stated.inPlace, find),
    ...separateOf(stated, find, buffers.length),
    ...allowedOf(stated.pools, buffers),
    ...accessesOf(buffers),
    ...partsOf(buffers),
    ...clocksOf(stated.streams, buffers),
    ...sizesOf(buffers),
    ...holdOf(stated),
  };
  return Object.keys(constraints).length === 0 ? undefined : constraints;
}

type Find = (ref: BufferRef, field: string) => number;

/** Looks buffers up; names are listed when the first one is asked for. */
function finder(buffers: readonly StatedBuffer[]): Find {
  let places: Map<string, number> | undefined;
  return (ref, field) => {
    if (typeof ref === 'number') return ref;
    if (typeof ref !== 'string')
      throw new UsageError(`${field}: expected the index or id of a buffer, got ${show(ref)}`);
    places ??= placesOf(buffers);
    const place = places.get(ref);
    if (place === undefined) throw new UsageError(`${field}: no buffer has the id ${show(ref)}`);
    if (place < 0) throw new UsageError(`${field}: several buffers have the id ${show(ref)}`);
    return place;
  };
}

function placesOf(buffers: readonly StatedBuffer[]): Map<string, number> {
  const places = new Map<string, number>();
  buffers.forEach(({id}, i) => {
    if (id !== undefined) places.set(id, places.has(id) ? -1 : i);
  });
  return places;
}

function listOf<T>(value: readonly T[] | undefined, field: string): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new UsageError(`${field}: expected an array, got ${show(value)}`);
  return value;
}

function groupsOf(
  field: 'share' | 'adjacent',
  groups: readonly (readonly BufferRef[])[] | undefined,
  find: Find,
): Pick<Constraints, 'share' | 'adjacent'> {
  const found = listOf(groups, field).map((group, k) =>
    listOf(group, `${field}[${k}]`).map((ref, m) => find(ref, `${field}[${k}][${m}]`)),
  );
  return found.length === 0 ? {} : {[field]: found};
}

const VIEW_FIELDS: ReadonlySet<string> = new Set(['buffer', 'of', 'offset']);
const IN_PLACE_FIELDS: ReadonlySet<string> = new Set(['input', 'output']);
const SCOPE_FIELDS: ReadonlySet<string> = new Set(['reads', 'writes']);

function viewsOf(views: readonly View[] | undefined, find: Find): Pick<Constraints, 'views'> {
  const found = listOf(views, 'views').map((view, k): View<number> => {
    checkFields(view, VIEW_FIELDS, `views[${k}]`);
    const {buffer, of, offset} = view;
    return {buffer: find(buffer, `views[${k}].buffer`), of: find(of, `views[${k}].of`), offset};
  });
  return found.length === 0 ? {} : {views: found};
}

function inPlaceOf(pairs: readonly InPlace[] | undefined, find: Find): Pick<Constraints, 'inPlace'> {
  const found = listOf(pairs, 'inPlace').map((pair, k): InPlace<number> => {
    checkFields(pair, IN_PLACE_FIELDS, `inPlace[${k}]`);
    const {input, output} = pair;
    return {input: find(input, `inPlace[${k}].input`), output: find(output, `inPlace[${k}].output`)};
  });
  return found.length === 0 ? {} : {inPlace: found};
}

/** Pairs that are apart: scopes make one of each read and each written buffer. */
const MOST_SEPARATE = 1_000_000;

/** The pairs that are stated, and those that scopes keep apart; each once. */
function separateOf(
  {separate, scopes}: Stated & {readonly scopes?: readonly Scope[]},
  find: Find,
  count: number,
): Pick<Constraints, 'separate'> {
  const pairs: [number, number][] = [];
  const known = new Set<number>();
  const isIndex = (i: number) => Number.isInteger(i) && i >= 0 && i < count;
  const add = (a: number, b: number, field: string) => {
    const pair: [number, number] = a < b ? [a, b] : [b, a];
    // a number that is no index is refused later, with its place
    if (isIndex(a) && isIndex(b)) {
      const key = pair[0] * count + pair[1];
      if (known.has(key)) return;
      known.add(key);
    }
    if (pairs.length === MOST_SEPARATE)
      throw new UsageError(
        `${field}: more than ${MOST_SEPARATE} pairs of buffers are apart, the most that are read`,
      );
    pairs.push(pair);
  };
  listOf(separate, 'separate').forEach((pair, k) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new UsageError(`separate[${k}]: expected two buffers, got ${show(pair)}`);
    const field = `separate[${k}]`;
    add(find(pair[0], `${field}[0]`), find(pair[1], `${field}[1]`), field);
  });
  listOf(scopes, 'scopes').forEach((scope, k) => {
    checkFields(scope, SCOPE_FIELDS, `scopes[${k}]`);
    const side = (name: 'reads' | 'writes'): readonly number[] =>
      listOf(scope[name], `scopes[${k}].${name}`).map((ref, m) => find(ref, `scopes[${k}].${name}[${m}]`));
    const writes = new Set(side('writes'));
    for (const read of new Set(side('reads'))) {
      if (writes.has(read))
        throw new UsageError(
          `scopes[${k}]: buffer ${read} is in reads and in writes: list a buffer that is read and written in writes only`,
        );
      for (const write of writes) add(read, write, `scopes[${k}]`);
    }
  });
  return pairs.length === 0 ? {} : {separate: pairs};
}

function allowedOf(
  pools: readonly Pool[] | undefined,
  buffers: readonly StatedBuffer[],
): Pick<Constraints, 'allowed'> {
  if (!buffers.some(buffer => buffer?.pools !== undefined)) return {};
  const names = listOf(pools, 'pools').map(pool => pool?.name);
  const allowed = buffers.map((buffer, i) => {
    if (buffer.pools === undefined) return undefined;
    return listOf(buffer.pools, `buffers[${i}].pools`).map((name, k) => {
      const pool = names.indexOf(name);
      if (pool < 0)
        throw new UsageError(
          `buffers[${i}].pools[${k}]: no pool has the name ${show(name)}; there are ${listNames(names) || 'none'}`,
        );
      return pool;
    });
  });
  return {allowed};
}

function accessesOf(buffers: readonly StatedBuffer[]): Pick<Constraints, 'accesses'> {
  if (!buffers.some(buffer => buffer?.accesses !== undefined)) return {};
  return {
    accesses: Float64Array.from(buffers, ({accesses = DEFAULT_ACCESSES}, i) => {
      // a list or text of a number would become one
      checkCount(accesses, `buffers[${i}].accesses`);
      return accesses;
    }),
  };
}

/** Parts by name, in the order in which buffers name them; buffers that name none are in the part `''`. */
function partsOf(buffers: readonly StatedBuffer[]): Pick<Constraints, 'parts'> {
  if (!buffers.some(buffer => buffer?.part !== undefined)) return {};
  const names = new Map<string, number>();
  const of = Uint32Array.from(buffers, ({part = ''}, i) => {
    if (typeof part !== 'string')
      throw new UsageError(`buffers[${i}].part: expected a name, got ${show(part)}`);
    if (!names.has(part)) names.set(part, names.size);
    return names.get(part)!;
  });
  return {parts: {names: [...names.keys()], of}};
}

/** Whether buffers of more than one part are there. */
export function haveParts({parts}: Constraints): boolean {
  return parts?.of.some(part => part !== parts.of[0]) ?? false;
}

/** Whether there is anything that a plain problem does not have. */
export function areAny(constraints: Constraints | undefined): constraints is Constraints {
  return constraints !== undefined && Object.values(constraints).some(value => value !== undefined);
}
