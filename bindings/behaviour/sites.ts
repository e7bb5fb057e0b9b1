/** Where blocks come from: their call stack where the recording has stacks, else their operation, else their size class. */
import {formatShortBytes} from '../model/quantities.ts';
import {BEFORE, type DeviceTimeline} from '../trace/timeline/device-timeline.ts';
import {NONE, type Trace} from '../trace/trace.ts';
import {allocationEntries, stackFrame} from './frames.ts';

export type SitesBy = 'stack' | 'operation' | 'size';

export interface Site {
  /** `before`: of blocks allocated before the recording, whose place is unknown. */
  readonly by: SitesBy | 'before';
  /** By stack: index into `CudaRecording.stackStarts`; by operation: into `Trace.operations`; by size: its power of two. */
  readonly key: number;
  /** The program's source line of a stack, an operation, or a range of sizes; `''` where the recording does not say. */
  readonly name: string;
  /** Of a stack: the operation that allocated; else `''`. */
  readonly operation: string;
}

export interface Sites {
  readonly by: SitesBy;
  /** A number of the block's site, the same for all of it. Blocks of the timeline only. */
  numberOf(block: number): number;
  /** @param block any block of the site. */
  siteOf(block: number): Site;
}

const BEFORE_NUMBER = -1;

/** The timeline's blocks by site. */
export function sitesOf(timeline: DeviceTimeline): Sites {
  const {trace, malloc} = timeline;
  const by = finestOf(trace);
  const entries = by === 'stack' ? allocationEntries(trace) : undefined;
  const stackOf = (block: number): number => trace.cuda!.entries.stack[entries![block]!] ?? 0;
  const operationOf = (block: number): number => trace.blocks.operation[block]!;
  const sizeOf = (block: number): number => Math.floor(Math.log2(trace.blocks.bytes[block]!));
  const keyOf = {stack: stackOf, operation: operationOf, size: sizeOf}[by];
  const isBefore = (block: number): boolean =>
    malloc[block] === BEFORE || (entries !== undefined && entries[block] === NONE);
  // blocks without a stack are told apart by their operation
  const stacks = trace.cuda?.stackStarts.length ?? 0;
  const numberOf = (block: number): number => {
    if (isBefore(block)) return BEFORE_NUMBER;
    const key = keyOf(block);
    return by === 'stack' && key === 0 ? stacks + operationOf(block) : key;
  };
  return {
    by,
    numberOf,
    siteOf(block) {
      if (isBefore(block))
        return {by: 'before', key: 0, name: 'allocated before the recording', operation: ''};
      const key = keyOf(block);
      const operation = trace.operations[operationOf(block)]!;
      if (by === 'size') return {by, key, name: nameOfSize(key), operation: ''};
      if (by === 'operation' || key === 0)
        return {by: 'operation', key: operationOf(block), name: operation, operation: ''};
      return {by, key, name: stackFrame(trace.cuda!, key), operation};
    },
  };
}

function finestOf({cuda, operations}: Trace): SitesBy {
  if (cuda && cuda.stackFrames.length > 0) return 'stack';
  return operations.length > 1 ? 'operation' : 'size';
}

/** `blocks of 4 KiB to below 8 KiB`. */
function nameOfSize(power: number): string {
  return `blocks of ${formatShortBytes(2 ** power)} to below ${formatShortBytes(2 ** (power + 1))}`;
}
