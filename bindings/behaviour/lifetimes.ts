/** Lifetimes of blocks relative to the iterations: persistent, within one iteration, or across a border. */
import {findIterations, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Iteration} from '../trace/timeline/iterations.ts';
import type {Trace} from '../trace/trace.ts';
import {countAtMost, countBelow} from './ascending.ts';

/**
 * - `persistent`: lives through at least one iteration from its beginning to its end.
 * - `within`: allocated and freed in one iteration.
 * - `across`: lives in part of one iteration and beyond it, but through none.
 * - `apart`: lives in no iteration: before, after or between them.
 */
export type LifetimeClass = 'persistent' | 'within' | 'across' | 'apart';
export const LIFETIME_CLASSES: readonly LifetimeClass[] = ['persistent', 'within', 'across', 'apart'];

export interface Lifetimes {
  /** The device's blocks, indices into `Trace.blocks`, ascending. */
  readonly blocks: Uint32Array;
  /** Per entry of `blocks`: index into `LIFETIME_CLASSES`. */
  readonly lifetimeClass: Uint8Array;
  /** Per iteration: blocks that live in it, without those that live through all of it. */
  readonly blocksPerIteration: readonly number[];
  /** The iterations; if none were found, the whole recording is one. */
  readonly iterations: readonly Iteration[];
}

/** @param device index into `Trace.devices`. */
export function classifyLifetimes(
  trace: Trace,
  device: number,
  found: readonly Iteration[] = findIterations(trace, device).iterations,
): Lifetimes {
  const {memory, blocks, malloc, free} = timelineOf(trace, device);
  const whole: Iteration = {number: 0, firstEvent: 0, endEvent: memory.count, whole: true};
  const iterations = found.length > 0 ? found : [whole];
  // a block that crosses a border counts in both iterations
  const starts = iterations.map(({firstEvent}) => firstEvent);
  const ends = iterations.map(({endEvent}) => endEvent);
  const partly = new Int32Array(iterations.length + 1);
  const lifetimeClass = new Uint8Array(blocks.length);
  for (let i = 0; i < blocks.length; i++) {
    const start = malloc[blocks[i]!]!;
    const end = free[blocks[i]!]!;
    const first = countAtMost(ends, start);
    const last = countBelow(starts, end) - 1;
    // those in between it lives through
    let through = Math.max(0, last - first - 1);
    for (const k of first < last ? [first, last] : first === last ? [first] : []) {
      if (start < starts[k]! && end >= ends[k]!) through++;
      else partly[k]!++;
    }
    const isInside = first === last && start >= starts[first]! && end < ends[first]!;
    lifetimeClass[i] = first > last ? 3 : through > 0 ? 0 : isInside ? 1 : 2;
  }
  return {blocks, lifetimeClass, blocksPerIteration: [...partly.subarray(0, iterations.length)], iterations};
}
