/** Traces for the tests of how memory behaves. */
import {FREE, MALLOC, READ, type Trace, TraceBuilder, WRITE} from '../../bindings/trace.ts';

/** Time in microseconds, M, F, R or W, the address, and bytes. */
export type Row = readonly [time: number, kind: string, address: number, bytes: number];

const KINDS: Readonly<Record<string, number>> = {M: MALLOC, F: FREE, R: READ, W: WRITE};

export function traceOf(rows: readonly Row[], operations: Readonly<Record<number, string>> = {}): Trace {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu');
  for (const [time, kind, address, bytes] of rows) {
    const operation = builder.operation(operations[address] ?? '');
    builder.add({kind: KINDS[kind]!, device, address, bytes, time, operation});
  }
  return builder.build();
}

/** Twelve events, worked out by hand in `golden.test.ts`: blocks 0, 1 and 2 at the addresses 1, 2 and 3. */
export const GOLDEN: readonly Row[] = [
  [0, 'M', 1, 100],
  [1, 'W', 1, 100],
  [2, 'M', 2, 50],
  [3, 'W', 2, 50],
  [4, 'R', 1, 100],
  [5, 'R', 2, 50],
  [7, 'F', 2, 50],
  [8, 'M', 3, 70],
  [9, 'W', 3, 70],
  [20, 'R', 1, 100],
  [21, 'W', 1, 100],
  [22, 'F', 3, 70],
];
