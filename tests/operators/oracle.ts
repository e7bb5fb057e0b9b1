/** Peaks of orders, worked out on the problem as people state it; shares no code with the library. */
import type {OperatorProblem} from '../../bindings/model/operators.ts';

/** References as indices, storages as the tensors that views end at. */
interface Stated {
  readonly root: readonly number[];
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  readonly inPlace: readonly (readonly number[])[];
  /** Per operator: the set of operators before it, as bits. */
  readonly before: readonly number[];
}

function stated({tensors, operators}: OperatorProblem): Stated {
  const root = tensors.map((_, t) => {
    let at = t;
    while (tensors[at]!.viewOf !== undefined) at = tensors[at]!.viewOf as number;
    return at;
  });
  const writers = tensors.map((_, t) => operators.findIndex(({outputs}) => outputs.includes(t)));
  const thereAfter = (t: number): number => {
    if (writers[t]! >= 0) return writers[t]!;
    const of = tensors[t]!.viewOf as number | undefined;
    return of === undefined ? -1 : thereAfter(of);
  };
  const before = operators.map(({inputs, outputs, after = []}, v) => {
    const viewed = outputs.flatMap(t => tensors[t as number]!.viewOf ?? []) as number[];
    const on = [...[...(inputs as number[]), ...viewed].map(thereAfter), ...(after as number[])];
    return on.reduce((bits, u) => (u >= 0 && u !== v ? bits | (1 << u) : bits), 0);
  });
  return {
    root,
    inputs: operators.map(({inputs, outputs}) =>
      [...inputs, ...outputs.filter(t => tensors[t as number]!.viewOf !== undefined)].map(
        t => root[t as number]!,
      ),
    ),
    outputs: operators.map(({outputs}) => outputs as number[]),
    inPlace: operators.map(({inPlace = []}) => inPlace.map(t => root[t as number]!)),
    before,
  };
}

/** Bytes that are live while operator `v` runs after the operators of the set `done`. */
function loadAt(problem: OperatorProblem, graph: Stated, done: number, v: number): number {
  const {tensors, operators} = problem;
  const {root, inputs, outputs, inPlace} = graph;
  const ran = (u: number) => ((done >> u) & 1) === 1;
  const isOutput = (s: number) => tensors.some((tensor, t) => root[t] === s && tensor.output);
  let bytes = 0;
  const later = (s: number) => operators.some((_, u) => u !== v && !ran(u) && inputs[u]!.includes(s));
  tensors.forEach(({size, viewOf}, s) => {
    if (viewOf !== undefined) return;
    const writer = outputs.findIndex(list => list.includes(s));
    const isThere = writer < 0 || ran(writer) || writer === v;
    const isNeeded = isOutput(s) || writer === v || inputs[v]!.includes(s) || later(s);
    if (isThere && isNeeded) bytes += size;
  });
  const first = outputs[v]![0];
  if (first === undefined || tensors[first]!.viewOf !== undefined) return bytes;
  const over = inPlace[v]!.some(s => !isOutput(s) && !later(s) && tensors[s]!.size >= tensors[first]!.size);
  return over ? bytes - tensors[first]!.size : bytes;
}

/** The least load of all orders, by all sets of operators; of up to 16 operators or so. */
export function leastLoad(problem: OperatorProblem): number {
  const graph = stated(problem);
  const count = problem.operators.length;
  const sum = (wanted: (t: number) => boolean) =>
    problem.tensors.reduce(
      (bytes, {size, viewOf}, t) => (viewOf === undefined && wanted(t) ? bytes + size : bytes),
      0,
    );
  if (count === 0) return sum(s => problem.tensors.some(({output}, t) => output && graph.root[t] === s));
  const best = new Float64Array(1 << count).fill(Number.POSITIVE_INFINITY);
  best[0] = 0;
  for (let done = 0; done < 1 << count; done++) {
    if (best[done] === Number.POSITIVE_INFINITY) continue;
    for (let v = 0; v < count; v++) {
      if ((done >> v) & 1 || (graph.before[v]! & ~done) !== 0) continue;
      const then = done | (1 << v);
      best[then] = Math.min(best[then]!, Math.max(best[done]!, loadAt(problem, graph, done, v)));
    }
  }
  return best[(1 << count) - 1]!;
}

/** The load of one order, which is checked to be one. */
export function loadOfOrder(problem: OperatorProblem, order: ArrayLike<number>): number {
  const graph = stated(problem);
  let done = 0;
  let load = 0;
  for (const v of Array.from(order)) {
    if ((done >> v) & 1 || (graph.before[v]! & ~done) !== 0) throw new Error(`operator ${v} cannot run`);
    load = Math.max(load, loadAt(problem, graph, done, v));
    done |= 1 << v;
  }
  if (done !== 2 ** problem.operators.length - 1) throw new Error('an operator is missing');
  return load;
}
