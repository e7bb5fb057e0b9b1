/** Clocks as people state them become columns, and columns of clocks are checked. */
import type {BufferClocks, Clocks} from './clocks.ts';
import {UsageError} from './errors.ts';
import {checkFields, checkTick, show} from './numbers.ts';

/** What a buffer states of itself here. */
interface ClockedBuffer {
  readonly clocks?: readonly BufferClocks[];
  readonly gaps?: readonly unknown[];
}

/** Streams of a problem at most. */
const MOST_STREAMS = 256;
/** Entries of a column of clocks at most. */
const MOST_ENTRIES = 2 ** 28;
const CLOCK_FIELDS: ReadonlySet<string> = new Set(['birth', 'death', 'next']);

/**
 * The clocks of a problem; none where it names no streams.
 * @throws UsageError naming the field.
 */
export function clocksOf(
  streams: readonly string[] | undefined,
  buffers: readonly ClockedBuffer[],
): {readonly clocks?: Clocks} {
  const stated = buffers.findIndex(buffer => buffer?.clocks !== undefined);
  if (streams === undefined) {
    if (stated < 0) return {};
    throw new UsageError(`buffers[${stated}].clocks: expected the problem to name its streams in "streams"`);
  }
  checkStreams(streams);
  const rows = buffers.reduce((sum, {gaps}) => sum + 1 + (gaps?.length ?? 0), 0);
  checkEntries(rows, streams.length);
  const repeats = buffers[0]?.clocks?.[0]?.next !== undefined;
  const column = () => new Uint32Array(rows * streams.length);
  const clocks: Clocks = {streams, birth: column(), death: column(), ...(repeats ? {next: column()} : {})};
  let row = 0;
  buffers.forEach(({clocks: pieces, gaps}, i) => {
    const expected = 1 + (gaps?.length ?? 0);
    if (!Array.isArray(pieces) || pieces.length !== expected)
      throw new UsageError(
        `buffers[${i}].clocks: expected ${expected} ${expected === 1 ? 'entry' : 'entries'}, one for each piece of the lifetime, got ${Array.isArray(pieces) ? pieces.length : show(pieces)}`,
      );
    for (const [p, piece] of (pieces as readonly BufferClocks[]).entries())
      fillRow(clocks, row++, piece, `buffers[${i}].clocks[${p}]`);
  });
  return {clocks};
}

function fillRow(clocks: Clocks, row: number, piece: BufferClocks, place: string): void {
  checkFields(piece, CLOCK_FIELDS, place);
  const count = clocks.streams.length;
  if ((piece.next === undefined) !== (clocks.next === undefined))
    throw new UsageError(`${place}.next: expected of every buffer or of none`);
  for (const field of ['birth', 'death', 'next'] as const) {
    const column = clocks[field];
    if (column === undefined) continue;
    const values: unknown = piece[field];
    if (!Array.isArray(values) || values.length !== count)
      throw new UsageError(
        `${place}.${field}: expected ${count} positions, one for each stream, got ${Array.isArray(values) ? values.length : show(values)}`,
      );
    values.forEach((value, s) => {
      checkTick(value, `${place}.${field}[${s}]`);
      column[row * count + s] = value;
    });
  }
}

function checkStreams(streams: unknown): asserts streams is readonly string[] {
  if (!Array.isArray(streams)) throw new UsageError(`streams: expected an array, got ${show(streams)}`);
  if (streams.length === 0 || streams.length > MOST_STREAMS)
    throw new UsageError(`streams: expected 1 to ${MOST_STREAMS} names, got ${streams.length}`);
  const names = new Set<unknown>();
  streams.forEach((name, s) => {
    if (typeof name !== 'string') throw new UsageError(`streams[${s}]: expected a name, got ${show(name)}`);
    if (names.has(name)) throw new UsageError(`streams[${s}]: ${show(name)} is there twice`);
    names.add(name);
  });
}

function checkEntries(rows: number, streams: number): void {
  if (rows * streams > MOST_ENTRIES)
    throw new UsageError(
      `clocks: expected at most ${MOST_ENTRIES} positions, got ${rows} pieces of lifetimes on ${streams} streams`,
    );
}

/** What clocks are not combined with: those solvers know one order of time only. */
const OTHERS = ['pools', 'share', 'views', 'inPlace', 'adjacent', 'separate', 'sizes', 'hold'] as const;

type Clocked = {readonly clocks: Clocks} & {readonly [field in (typeof OTHERS)[number]]?: unknown};

/**
 * @param rows pieces of lifetimes, over all buffers.
 * @throws UsageError naming the field.
 */
export function checkClocks(constraints: Clocked, rows: number): void {
  const {streams, birth, death, next} = constraints.clocks;
  checkStreams(streams);
  for (const [name, column] of Object.entries({birth, death, next})) {
    if (column === undefined && name === 'next') continue;
    if (!(column instanceof Uint32Array) || column.length !== rows * streams.length)
      throw new UsageError(
        `clocks.${name}: expected ${rows * streams.length} positions, one for each piece of a lifetime and each stream, got ${column instanceof Uint32Array ? column.length : show(column)}`,
      );
  }
  const other = OTHERS.find(field => constraints[field] !== undefined);
  if (other !== undefined)
    throw new UsageError(`${other}: cannot be combined with clocks of streams; leave one of them out`);
}

/** The clocks of the buffers of `index`. */
export function selectClocks(
  {streams, birth, death, next}: Clocks,
  index: Uint32Array,
  gapIndex: Uint32Array,
): Clocks {
  const count = streams.length;
  const rows: number[] = [];
  for (const i of index) for (let row = i + gapIndex[i]!; row <= i + gapIndex[i + 1]!; row++) rows.push(row);
  const select = (column: Uint32Array): Uint32Array => {
    const selected = new Uint32Array(rows.length * count);
    rows.forEach((row, k) => {
      selected.set(column.subarray(row * count, (row + 1) * count), k * count);
    });
    return selected;
  };
  return {streams, birth: select(birth), death: select(death), ...(next ? {next: select(next)} : {})};
}

/** The clocks of buffer `i`, one for each piece of its lifetime, as people state them. */
export function clocksAt({streams, ...columns}: Clocks, i: number, gapIndex: Uint32Array): BufferClocks[] {
  const count = streams.length;
  const pieces: BufferClocks[] = [];
  for (let row = i + gapIndex[i]!; row <= i + gapIndex[i + 1]!; row++) {
    const at = (column: Uint32Array) => Array.from(column.subarray(row * count, (row + 1) * count));
    pieces.push({
      birth: at(columns.birth),
      death: at(columns.death),
      ...(columns.next ? {next: at(columns.next)} : {}),
    });
  }
  return pieces;
}
