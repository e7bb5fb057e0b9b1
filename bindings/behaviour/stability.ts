/** Similarity of the iterations of a recording: those like the majority, and the first difference of the others. */
import {findIterations, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Iterations} from '../trace/timeline/iterations.ts';
import {MALLOC, type Trace} from '../trace/trace.ts';

/** The compared fields of a memory event. */
export interface ComparedEvent {
  readonly kind: 'malloc' | 'free';
  readonly bytes: number;
}

/** An iteration that differs from the majority. */
export interface Deviation {
  readonly number: number;
  /** Its memory events, where the majority has `Stability.events`. */
  readonly events: number;
  /** The first memory event, counted from the iteration's first, that differs. */
  readonly position: number;
  /** The majority's event there, and this iteration's; null where it has ended. */
  readonly expected: ComparedEvent | null;
  readonly found: ComparedEvent | null;
}

export interface Stability {
  /** Whole iterations; only these are compared. */
  readonly compared: number;
  /** How many of them do exactly the same: mallocs and frees of the same bytes in the same order. */
  readonly majority: number;
  /** Memory events of the majority. */
  readonly events: number;
  /** Bytes live after the last compared iteration less those before the first: leaked or built up. */
  readonly growth: number;
  readonly deviations: readonly Deviation[];
}

/** Among groups of equal size, the group of the earliest iteration is the majority. */
export function measureStability(
  trace: Trace,
  device: number,
  {iterations}: Iterations = findIterations(trace, device),
): Stability {
  const {memory, live} = timelineOf(trace, device);
  const whole = iterations.filter(iteration => iteration.whole);
  const first = whole[0];
  const last = whole.at(-1);
  if (!first || !last) return {compared: 0, majority: 0, events: 0, growth: 0, deviations: []};
  const eventAt = (position: number): ComparedEvent => {
    const event = memory.event[position]!;
    const bytes = trace.blocks.bytes[trace.events.block[event]!]!;
    return {kind: trace.events.kind[event] === MALLOC ? 'malloc' : 'free', bytes};
  };
  const signed = Float64Array.from(memory.event, (_, position) => {
    const {kind, bytes} = eventAt(position);
    return kind === 'malloc' ? bytes : -bytes;
  });
  const actions = whole.map(({firstEvent, endEvent}) => signed.subarray(firstEvent, endEvent));
  const {members, model} = largestGroup(actions);
  const expected = whole[model]!;
  const deviations = whole.flatMap(({number, firstEvent, endEvent}, index) => {
    if (members.has(index)) return [];
    const position = firstDifference(actions[index]!, actions[model]!);
    const at = (from: number, end: number) => (from + position < end ? eventAt(from + position) : null);
    return [
      {
        number,
        events: endEvent - firstEvent,
        position,
        expected: at(expected.firstEvent, expected.endEvent),
        found: at(firstEvent, endEvent),
      },
    ];
  });
  return {
    compared: whole.length,
    majority: members.size,
    events: expected.endEvent - expected.firstEvent,
    growth: live[last.endEvent]! - live[first.firstEvent]!,
    deviations,
  };
}

function largestGroup(actions: readonly Float64Array[]): {members: ReadonlySet<number>; model: number} {
  const groups = new Map<string, number[]>();
  for (const [index, action] of actions.entries()) {
    const key = action.join();
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  }
  const [largest] = [...groups.values()].sort((a, b) => b.length - a.length || a[0]! - b[0]!);
  return {members: new Set(largest), model: largest![0]!};
}

/** The first index at which they differ: the shorter one's length where it begins the longer one. */
function firstDifference(a: Float64Array, b: Float64Array): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}
