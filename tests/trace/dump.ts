/** Traces and problems as plain values, for comparing and for reading in a failed test's message. */
import type {ProblemColumns} from '../../bindings/model/problem.ts';
import {
  CUDA_ACTIONS,
  type CudaRecording,
  type Imported,
  NONE,
  type SyncPoints,
  type Trace,
} from '../../bindings/trace.ts';

const KINDS = ['malloc', 'free', 'read', 'write'];
const orNone = (event: number): number | null => (event === NONE ? null : event);

export function dumpTrace(trace: Trace): object {
  const {events, blocks} = trace;
  return {
    events: Array.from({length: events.count}, (_, i) => [
      KINDS[events.kind[i]!],
      events.block[i],
      events.time[i],
    ]),
    blocks: Array.from({length: blocks.count}, (_, i) => ({
      bytes: blocks.bytes[i],
      address: `0x${blocks.address[i]!.toString(16)}`,
      allocation: blocks.allocation[i],
      device: trace.devices[blocks.device[i]!]!.name,
      stream: String(blocks.stream[i]),
      ...(blocks.pool[i] === 0 ? {} : {pool: blocks.pool[i]}),
      operation: trace.operations[blocks.operation[i]!],
      ...(trace.paths && blocks.path ? {path: trace.paths[blocks.path[i]!]} : {}),
      mallocEvent: orNone(blocks.mallocEvent[i]!),
      freeEvent: orNone(blocks.freeEvent[i]!),
      ...(blocks.waitedFrom[i] === NONE ? {} : {waitedFrom: blocks.waitedFrom[i]}),
    })),
    devices: trace.devices,
    operations: trace.operations,
    ...(trace.paths ? {paths: trace.paths} : {}),
    annotations: trace.annotations,
    marks: trace.marks,
    ...(trace.syncs ? {syncs: dumpSyncs(trace.syncs)} : {}),
    ...(trace.foreignUses
      ? {
          foreignUses: [...trace.foreignUses.event].map((event, i) => [
            event,
            String(trace.foreignUses!.stream[i]),
          ]),
        }
      : {}),
    warnings: trace.warnings,
    inferred: trace.inferred,
    ...(trace.cuda ? {cuda: dumpCuda(trace.cuda)} : {}),
  };
}

function dumpSyncs({count, kind, event, device, hasStream, stream, fence}: SyncPoints): object[] {
  return Array.from({length: count}, (_, i) => ({
    kind: ['record', 'wait', 'sync'][kind[i]!],
    event: event[i],
    device: device[i],
    ...(hasStream[i] ? {stream: String(stream[i])} : {}),
    fence: String(fence[i]),
  }));
}

function dumpCuda(cuda: CudaRecording): object {
  const {entries} = cuda;
  const address = (index: number): string | null =>
    index === NONE ? null : `0x${cuda.addresses[index]!.toString(16)}`;
  const stack = (index: number): string[] =>
    [...cuda.stackFrames.slice(cuda.stackStarts[index], cuda.stackStarts[index + 1])].map(
      frame => cuda.frames[frame]!.name,
    );
  return {
    entries: Array.from({length: entries.count}, (_, i) => ({
      action: CUDA_ACTIONS[entries.action[i]!],
      device: entries.device[i],
      address: address(entries.address[i]!),
      bytes: entries.bytes[i],
      stream: String(cuda.streams[entries.stream[i]!]),
      pool: cuda.pools[entries.pool[i]!],
      time: entries.time[i],
      stack: stack(entries.stack[i]!),
    })),
    segments: cuda.segments.map(segment => ({
      ...segment,
      address: address(segment.address),
      stream: String(cuda.streams[segment.stream]),
      pool: cuda.pools[segment.pool],
      stack: stack(segment.stack),
      blocks: segment.blocks.map(block => ({
        ...block,
        address: address(block.address),
        stack: stack(block.stack),
      })),
    })),
    devices: cuda.devices,
    outOfMemory: cuda.outOfMemory,
    frames: cuda.frames,
    settings: cuda.settings,
  };
}

export function dumpProblem(problem: ProblemColumns): object {
  const {ids, capacity, defaultAlignment, hint, constraints} = problem;
  return {
    buffers: Array.from({length: problem.count}, (_, i) => ({
      start: problem.start[i],
      end: problem.end[i],
      size: problem.size[i],
      alignment: problem.alignment[i],
      offset: problem.offset[i],
      gaps: gapsOf(problem, i),
    })),
    ...(ids ? {ids} : {}),
    ...(capacity === undefined ? {} : {capacity}),
    ...(defaultAlignment === undefined ? {} : {defaultAlignment}),
    ...(hint ? {hint: [...hint]} : {}),
    ...(constraints ? {constraints: dumpConstraints(constraints)} : {}),
  };
}

function dumpConstraints({
  accesses,
  parts,
  clocks,
  ...others
}: NonNullable<ProblemColumns['constraints']>): object {
  return {
    ...others,
    ...(accesses ? {accesses: [...accesses]} : {}),
    ...(parts ? {parts: {names: parts.names, of: [...parts.of]}} : {}),
    ...(clocks
      ? {
          clocks: {
            streams: clocks.streams,
            birth: [...clocks.birth],
            death: [...clocks.death],
            ...(clocks.next ? {next: [...clocks.next]} : {}),
          },
        }
      : {}),
  };
}

export function gapsOf(problem: ProblemColumns, buffer: number): [number, number][] {
  const gaps: [number, number][] = [];
  for (let gap = problem.gapIndex[buffer]!; gap < problem.gapIndex[buffer + 1]!; gap++) {
    gaps.push([problem.gapStart[gap]!, problem.gapEnd[gap]!]);
  }
  return gaps;
}

export function dumpImported(imported: Imported): object {
  const {kind, format} = imported;
  if (imported.kind === 'trace') return {kind, format, trace: dumpTrace(imported.trace)};
  const {operations, weightBytes, inPlace, reference, sharing, warnings} = imported;
  return {
    kind,
    format,
    problem: dumpProblem(imported.problem),
    ...(operations ? {operations} : {}),
    ...(weightBytes === undefined ? {} : {weightBytes}),
    ...(inPlace ? {inPlace} : {}),
    ...(reference ? {reference: {...reference, offsets: [...reference.offsets]}} : {}),
    ...(sharing ? {sharing} : {}),
    warnings,
  };
}
