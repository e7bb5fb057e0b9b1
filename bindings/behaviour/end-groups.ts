/** The blocks in use when a CUDA recording ended, grouped: by where they came from, or by where they are. */
import {poolName, streamName} from '../trace/cuda-end-state.ts';
import type {FrameChoice} from '../trace/cuda-frames.ts';
import type {Trace} from '../trace/trace.ts';
import {stackFrame} from './frames.ts';

export const END_GROUPS = ['operation', 'frame', 'segment', 'pool', 'stream', 'block'] as const;
export type EndGroupBy = (typeof END_GROUPS)[number];

/** Bytes as the allocator rounds them. */
export interface EndGroup {
  /** `''` where the recording does not say. */
  readonly name: string;
  readonly blocks: number;
  readonly bytes: number;
  /** Only of a block: its operation and its source frame. */
  readonly source?: string;
  readonly frame?: string;
}

/** The largest first; the names that the recording does not hold are one group. */
export function endGroups(
  trace: Trace,
  device: number,
  by: EndGroupBy,
  frames: FrameChoice = {},
): EndGroup[] {
  const groups = new Map<string, {blocks: number; bytes: number; source?: string; frame?: string}>();
  for (const {bytes, key, source, frame} of endBlocks(trace, device, by, frames)) {
    const group = groups.get(key) ?? {blocks: 0, bytes: 0, ...(by === 'block' ? {source, frame} : {})};
    group.blocks++;
    group.bytes += bytes;
    groups.set(key, group);
  }
  return [...groups]
    .map(([name, group]) => ({name, ...group}))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

/** Whether blocks at the end have stacks or operations: the groups that are worth a look. */
export function knownEndGroups(trace: Trace, device: number): EndGroupBy[] {
  const own = usedBlocks(trace, device);
  const hasOperation = own.some(({block}) => block.operation !== '');
  const hasStack = own.some(({block}) => block.stack !== 0);
  return END_GROUPS.filter(by => (by === 'operation' ? hasOperation : by === 'frame' ? hasStack : true));
}

function usedBlocks({cuda}: Trace, device: number) {
  return (cuda?.segments ?? [])
    .filter(segment => segment.device === device)
    .flatMap(segment =>
      segment.blocks.filter(({state}) => state !== 'inactive').map(block => ({segment, block})),
    );
}

function endBlocks(trace: Trace, device: number, by: EndGroupBy, choice: FrameChoice) {
  const cuda = trace.cuda!;
  const frames = new Map<number, string>();
  const frameOf = (stack: number): string => {
    const known = frames.get(stack) ?? stackFrame(cuda, stack, choice);
    frames.set(stack, known);
    return known;
  };
  const hex = (address: number): string => `0x${cuda.addresses[address]!.toString(16)}`;
  return usedBlocks(trace, device).map(({segment, block}) => {
    const source = block.operation;
    const frame = frameOf(block.stack);
    const keys = {
      operation: () => source,
      frame: () => frame,
      segment: () => hex(segment.address),
      pool: () => poolName(cuda, segment.pool),
      stream: () => streamName(cuda, segment.stream),
      block: () => hex(block.address),
    };
    return {bytes: block.bytes, key: keys[by](), source, frame};
  });
}
