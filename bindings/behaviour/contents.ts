/**
 * What blocks hold, inferred from their accesses alone, by the automaton of *Pinpointing the Memory Behaviors of DNN
 * Training* (arXiv 2104.00258):
 *
 *     first access a read      input,  and from its first write on  parameter (updated in place)
 *     first access a write     output, and from its first read on   intermediate result
 *
 * It sees one window: weights initialised in it are intermediate results, since they were written before they were read.
 */
import {READ, type Trace} from '../trace/trace.ts';
import {deviceEvents, isAccess} from './device-events.ts';

/** `untouched`: no access was recorded. */
export type Content = 'input' | 'parameter' | 'intermediate' | 'output' | 'untouched';
export const CONTENTS: readonly Content[] = ['input', 'parameter', 'intermediate', 'output', 'untouched'];

const INPUT = 0;
const PARAMETER = 1;
const INTERMEDIATE = 2;
const OUTPUT = 3;
const UNTOUCHED = 4;

/** A range `[first, end)` of indices into `Trace.events`. */
export interface EventRange {
  readonly first: number;
  readonly end: number;
}

/**
 * Per block of the trace: index into `CONTENTS`, by the accesses in the range. Blocks of other devices are `untouched`.
 */
export function classifyContents(trace: Trace, device: number, range?: EventRange): Uint8Array {
  const {kind, block} = trace.events;
  const contents = new Uint8Array(trace.blocks.count).fill(UNTOUCHED);
  const {first, end} = range ?? {first: 0, end: trace.events.count};
  for (const event of deviceEvents(trace, device).event) {
    if (event < first || event >= end || !isAccess(kind[event]!)) continue;
    contents[block[event]!] = next(contents[block[event]!]!, kind[event] === READ);
  }
  return contents;
}

function next(state: number, isRead: boolean): number {
  if (state === UNTOUCHED) return isRead ? INPUT : OUTPUT;
  if (state === INPUT) return isRead ? INPUT : PARAMETER;
  if (state === OUTPUT) return isRead ? INTERMEDIATE : OUTPUT;
  return state;
}
