/** A training step of two modules, event by event, as often as wanted. */
import {FREE, MALLOC, READ, type Trace, TraceBuilder} from '../../bindings/trace.ts';

/** `+name` allocates, `-name` frees, `!name` reads. */
type Event = string;

interface Made {
  readonly bytes: number;
  readonly operation: string;
  readonly module?: string;
  readonly forward?: string;
}

/** What each name is. */
const BLOCKS: Readonly<Record<string, Made>> = {
  weight: {bytes: 1000, operation: 'aten::empty'},
  a1: {bytes: 100, operation: 'aten::linear', module: 'L1'},
  t1: {bytes: 40, operation: 'aten::gelu', module: 'L1'},
  o1: {bytes: 60, operation: 'aten::linear', module: 'L1'},
  a2: {bytes: 80, operation: 'aten::linear', module: 'L2'},
  o2: {bytes: 20, operation: 'aten::add', module: 'L2'},
  g2: {bytes: 20, operation: 'AddBackward0', forward: 'aten::add', module: 'L2'},
  w2: {bytes: 30, operation: 'LinearBackward0', forward: 'aten::linear', module: 'L2'},
  g1: {bytes: 60, operation: 'LinearBackward0', forward: 'aten::linear', module: 'L2'},
  w1: {bytes: 50, operation: 'LinearBackward0', forward: 'aten::linear', module: 'L1'},
  m: {bytes: 10, operation: 'Optimizer.step#SGD.step'},
  state: {bytes: 25, operation: 'Optimizer.step#SGD.step'},
};

/** Ticks 0 to 18: the forward from 0, the backward from 6, the optimizer from 16. */
const STEP: readonly Event[] = [
  ...['+a1', '+t1', '-t1', '+o1', '+a2', '+o2'],
  ...['+g2', '-o2', '+w2', '-a2', '+g1', '-o1', '-g2', '+w1', '-a1', '-g1'],
  ...['+m', '-m', '-w2', '-w1'],
];

/** The same with reads, each after the result is allocated: a1 by t1 and o1, o1 by a2, a2 by o2; in the backward a2, o1, then a1. */
const READ_STEP: readonly Event[] = [
  ...['+a1', '+t1', '!a1', '-t1', '+o1', '!a1', '+a2', '!o1', '+o2', '!a2'],
  ...['+g2', '!o2', '-o2', '+w2', '!a2', '-a2', '+g1', '!o1', '-o1', '-g2', '+w1', '!a1', '-a1', '-g1'],
  ...['+m', '-m', '-w2', '-w1'],
];

/** A weight from before all iterations; a state that the first step of the optimizer makes and keeps. */
export function trainingTrace(iterations = 3, hasReads = false): Trace {
  const events = Array.from({length: iterations}, (_, number): readonly (Event | number)[] => [
    number,
    ...(hasReads ? READ_STEP : STEP).flatMap(event =>
      event === '+m' && number === 0 ? ['+state', event] : [event],
    ),
  ]);
  return traceOf([['+weight'], ...events].flat());
}

/** One iteration of the same without names of operations. */
export function namelessTrace(): Trace {
  return traceOf(STEP, {});
}

function traceOf(events: readonly (Event | number)[], made: Readonly<Record<string, Made>> = BLOCKS): Trace {
  const builder = new TraceBuilder('test');
  const device = builder.device('cuda:0');
  const addresses = new Map(Object.keys(BLOCKS).map((name, k) => [name, k + 1]));
  const kinds = new Map([
    ['+', MALLOC],
    ['-', FREE],
    ['!', READ],
  ]);
  let time = 0;
  for (const event of events) {
    if (typeof event === 'number') {
      builder.mark(event, time++);
      continue;
    }
    const name = event.slice(1);
    const {operation = '', module = '', forward = ''} = made[name] ?? {};
    builder.add({
      kind: kinds.get(event[0]!)!,
      device,
      address: addresses.get(name)!,
      bytes: BLOCKS[name]!.bytes,
      time: time++,
      operation: builder.operation(operation),
      path: builder.path({module, forward, operation, leaf: ''}),
    });
  }
  if (events.some(event => typeof event === 'number')) builder.mark(null, time++);
  return builder.build();
}
