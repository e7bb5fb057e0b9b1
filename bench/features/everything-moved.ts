/** The obvious way to need little memory: each tensor is moved out once it is made, and back for each reader that does not run next. */
import type {OperatorProblem} from '../../bindings/index.ts';
import {verifySchedule} from '../../bindings/operators/fit/verify.ts';

interface Buffer {
  readonly tensor: number;
  readonly start: number;
  end: number;
}

interface Step {
  readonly kind: 'run' | 'out' | 'in';
  readonly operator?: number;
  readonly tensor?: number;
}

/** @returns what it costs, of a problem without views; verified as a schedule, with a byte range of its own for every buffer. */
export function everythingMoved(
  problem: OperatorProblem,
  order: ArrayLike<number>,
  bytesPerCost: number,
): number {
  const {tensors, operators} = problem;
  const steps: Step[] = [];
  const buffers: Buffer[] = [];
  const current = new Map<number, number>();
  const isOut = new Set<number>();
  const begin = (tensor: number, start: number, end: number) =>
    current.set(tensor, buffers.push({tensor, start, end}) - 1);
  const made = new Set(operators.flatMap(({outputs}) => outputs as number[]));
  const uses = usesOf(problem, order);
  tensors.forEach((_, t) => {
    if (!made.has(t)) begin(t, 0, 0);
  });
  let cost = 0;
  const move = (kind: 'out' | 'in', tensor: number): void => {
    cost += Math.ceil(tensors[tensor]!.size / bytesPerCost);
    if (kind === 'in') begin(tensor, steps.length, steps.length + 1);
    else buffers[current.get(tensor)!]!.end = steps.length + 1;
    steps.push({kind, tensor});
  };
  Array.from(order).forEach((v, place) => {
    const {inputs, outputs} = operators[v]!;
    for (const t of new Set(inputs as number[])) if (!current.has(t)) move('in', t);
    for (const t of inputs as number[]) buffers[current.get(t)!]!.end = steps.length + 1;
    for (const t of outputs as number[]) begin(t, steps.length, steps.length + 1);
    steps.push({kind: 'run', operator: v});
    for (const t of [...current.keys()]) {
      const next = uses[t]!.find(use => use > place);
      if (next === place + 1) continue;
      if (next !== undefined && !isOut.has(t) && tensors[t]!.size > 0) {
        move('out', t);
        isOut.add(t);
      }
      if (next === undefined || tensors[t]!.size > 0) current.delete(t);
    }
  });
  tensors.forEach(({output}, t) => {
    if (output && !current.has(t)) move('in', t);
  });
  tensors.forEach(({output}, t) => {
    if (output) buffers[current.get(t)!]!.end = steps.length;
  });
  check(problem, {steps, buffers, cost}, bytesPerCost);
  return cost;
}

/** Per tensor: the places of its readers, and one past the last for an output. */
function usesOf({tensors, operators}: OperatorProblem, order: ArrayLike<number>): number[][] {
  const uses: number[][] = tensors.map(() => []);
  Array.from(order).forEach((v, place) => {
    for (const t of operators[v]!.inputs) uses[t as number]!.push(place);
  });
  tensors.forEach(({output}, t) => {
    if (output) uses[t]!.push(order.length);
  });
  return uses;
}

/** Each buffer behind the one before: what is moved counts here, not where. */
function check(
  problem: OperatorProblem,
  {steps, buffers, cost}: {steps: readonly Step[]; buffers: readonly Buffer[]; cost: number},
  bytesPerCost: number,
): void {
  let bytes = 0;
  const offsets = buffers.map(({tensor}) => {
    bytes += problem.tensors[tensor]!.size;
    return bytes - problem.tensors[tensor]!.size;
  });
  const columns = {
    tensorOf: buffers.map(({tensor}) => tensor),
    start: buffers.map(({start}) => start),
    end: buffers.map(({end}) => end),
  };
  const rules = {capacity: bytes, recompute: false, bytesPerCost};
  const [wrong] = verifySchedule(problem, {steps, cost, offsets, ...columns}, rules);
  if (wrong !== undefined) throw new Error(`everything moved: ${wrong}`);
}
