/** An order of operators as text for a person, and as JSON. */
import {formatBytes, formatCount} from '../../model/quantities.ts';
import type {Ordered} from '../planning/ordered.ts';

/** Which runtimes run operators in the order of the file, as measured: docs/order.md. */
const RUNTIMES: Readonly<Record<string, string>> = {
  tflite:
    'TensorFlow Lite Micro runs the order of the file, and so does LiteRT without a delegate as far as its results show',
  onnx: 'ONNX Runtime sorts anew by default, and follows the file only under execution_order = PRIORITY_BASED; its fusions change the graph: reorder the optimised model',
};

export function runtimesOf(format: string): string | undefined {
  return RUNTIMES[format];
}

/** What the order is, in one line, and what it is compared with. */
export function orderLines({operators, result}: Ordered, format: string): string[] {
  const {filePeak, soonPeak, plan, status, lowerBound, isListed, moved} = result;
  const file = `order        ${describeOrder({operators, result})}`;
  if (isListed) return [file];
  const runtimes = runtimesOf(format);
  const lines = [
    file,
    `file order   ${formatBytes(filePeak)}, ${times(filePeak, plan.peak)} the peak`,
    ...(soonPeak === filePeak
      ? []
      : [
          `updates soon ${formatBytes(soonPeak)}, ${times(soonPeak, plan.peak)} the peak: the file's order, but each update at once`,
        ]),
  ];
  if (status !== 'optimal') lines.push(`order bound  ${formatBytes(lowerBound)}: no order can do with less`);
  if (runtimes && moved > 0) lines.push(`runtimes     ${runtimes}`);
  return lines;
}

function describeOrder({operators, result}: Pick<Ordered, 'operators' | 'result'>): string {
  const {isListed, moved, plan, filePeak, status, lowerBound, neck} = result;
  const count = operators.operators.length;
  const peak = formatBytes(plan.peak);
  if (!isListed) {
    const proof = status === 'optimal' ? '; no order can do with less' : '';
    return `${formatCount(moved)} of ${formatCount(count)} operators moved: peak ${peak}, ${(filePeak / plan.peak).toFixed(2)} times less than in the file's order${proof}`;
  }
  if (status !== 'optimal')
    return `the file's stays: no order with a smaller plan was found; none can do with less than ${formatBytes(lowerBound)}`;
  const why =
    neck === undefined
      ? ''
      : `: in any order ${formatBytes(lowerBound)} are live while ${nameOf(operators, neck)} runs`;
  return `the file's is optimal${why}`;
}

function times(bytes: number, peak: number): string {
  return `${peak > 0 ? (bytes / peak).toFixed(2) : '1.00'} times`;
}

function nameOf({operators}: Ordered['operators'], v: number): string {
  return operators[v]!.id ?? `operator ${v}`;
}

/** The order for `--json` of `order` and `plan`. */
export interface OrderJson {
  /** Operators by index in the file, in the order in which they run. */
  readonly operators: readonly number[];
  readonly isFileOrder: boolean;
  readonly moved: number;
  readonly status: 'optimal' | 'feasible';
  /** Bytes. */
  readonly peak: number;
  readonly load: number;
  readonly lowerBound: number;
  readonly file: {readonly peak: number; readonly load: number};
  /** The file's order with each update as soon as it may run. */
  readonly updatesSoon: {readonly peak: number; readonly load: number};
  /** The operator that makes the lower bound, by index; null where none does by itself. */
  readonly neck: number | null;
  readonly nodes: number;
}

export function orderJson({result}: Ordered): OrderJson {
  const {order, isListed, moved, status, plan, load, lowerBound, neck, nodes} = result;
  return {
    operators: [...order],
    isFileOrder: isListed,
    moved,
    status,
    peak: plan.peak,
    load,
    lowerBound,
    file: {peak: result.filePeak, load: result.fileLoad},
    updatesSoon: {peak: result.soonPeak, load: result.soonLoad},
    neck: neck ?? null,
    nodes,
  };
}
