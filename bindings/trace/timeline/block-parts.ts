/** Streams and private pools of a device's blocks: the parts of memory between which an allocator passes on no bytes. */
import type {Trace} from '../trace.ts';

export interface BlockParts {
  /** In the order in which their blocks appear. */
  readonly names: readonly string[];
  /** Per block of the trace: index into `names`; 0 for a block of another device. */
  readonly of: Uint32Array;
  readonly streams: number;
  /** Private pools. */
  readonly pools: number;
}

/** Streams `apart`; `together`, so that only private pools are parts; or the same where waits order the streams, `pools`. */
export type PartKind = 'apart' | 'together' | 'pools';

const COMMON = {together: 'streams together', pools: 'all streams'} as const;

/**
 * Streams are pointers that change from run to run, so they are numbered as they appear; stream 0 is the default one.
 * @param blocks the device's blocks.
 */
export function blockParts({blocks: columns, cuda}: Trace, blocks: Uint32Array, kind: PartKind): BlockParts {
  const {stream: streams, pool: pools} = columns;
  const numbers = new Map<bigint, number>([[0n, 0]]);
  const usedStreams = new Set<bigint>();
  const usedPools = new Set<number>();
  const parts = new Map<string, number>();
  const of = new Uint32Array(columns.count);
  let last: {readonly stream: bigint; readonly pool: number; readonly part: number} | undefined;
  for (const block of blocks) {
    const stream = streams[block]!;
    const pool = pools[block]!;
    // nearly all follow one of their own stream and pool
    if (last?.pool === pool && last.stream === stream) {
      of[block] = last.part;
      continue;
    }
    usedStreams.add(stream);
    if (pool !== 0) usedPools.add(pool);
    if (!numbers.has(stream)) numbers.set(stream, numbers.size);
    const ofStream = kind === 'apart' ? `stream ${numbers.get(stream)}` : COMMON[kind];
    const name = pool === 0 ? ofStream : `${ofStream}, pool ${cuda?.pools[pool]?.join('.') ?? pool}`;
    const part = parts.get(name) ?? parts.size;
    if (part === parts.size) parts.set(name, part);
    of[block] = part;
    last = {stream, pool, part};
  }
  return {names: [...parts.keys()], of, streams: usedStreams.size, pools: usedPools.size};
}
