/**
 * Whether an order of operators is one, and the buffers of a plan are those that it makes: from the problem as people state it, by code that
 * shares nothing with what made them. That the buffers do not collide is for the verifier of plans.
 */
import type {OperatorProblem, OperatorRef} from '../model/operators.ts';
import type {ProblemColumns} from '../model/problem.ts';

/** What is wrong, in words; empty for a valid order. The problem is one that `toGraph` takes. */
export function verifyOrder(
  problem: OperatorProblem,
  order: ArrayLike<number>,
  buffers: Pick<ProblemColumns, 'count' | 'start' | 'end' | 'size' | 'constraints'>,
): string[] {
  const places = placesIn(order, problem.operators.length);
  if (typeof places === 'string') return [places];
  const stated = resolved(problem);
  const early = tooEarly(stated, places);
  return early.length > 0 ? early : [...wrongBuffers(stated, places, buffers)];
}

/** Per operator: its place in the order. */
function placesIn(order: ArrayLike<number>, count: number): number[] | string {
  if (order.length !== count) return `it has ${order.length} operators, the problem has ${count}`;
  const places: number[] = new Array(count).fill(-1);
  for (let p = 0; p < count; p++) {
    const v = order[p]!;
    if (places[v] !== -1) return `entry ${p} is no operator that is not there yet: ${v}`;
    places[v] = p;
  }
  return places;
}

interface Resolved {
  readonly sizes: readonly number[];
  /** Per tensor: whether it must be there at the end; the tensor that it is a view of; who writes it. */
  readonly isOutput: readonly boolean[];
  readonly viewOf: readonly (number | undefined)[];
  readonly writer: ReadonlyMap<number, number>;
  readonly operators: readonly {
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
    readonly inPlace: readonly number[];
    readonly after: readonly number[];
  }[];
}

function resolved({tensors, operators}: OperatorProblem): Resolved {
  const tensor = lookUp(tensors);
  const operator = lookUp(operators);
  const writer = new Map<number, number>();
  const found = operators.map(({inputs, outputs, inPlace = [], after = []}, v) => {
    for (const t of outputs.map(tensor)) writer.set(t, v);
    return {
      inputs: inputs.map(tensor),
      outputs: outputs.map(tensor),
      inPlace: inPlace.map(tensor),
      after: after.map(operator),
    };
  });
  return {
    sizes: tensors.map(({size}) => size),
    isOutput: tensors.map(({output}) => output === true),
    viewOf: tensors.map(({viewOf}) => (viewOf === undefined ? undefined : tensor(viewOf))),
    writer,
    operators: found,
  };
}

function lookUp(named: readonly {readonly id?: string}[]): (ref: OperatorRef) => number {
  const byName = new Map(named.map(({id}, i) => [id, i]));
  return ref => (typeof ref === 'number' ? ref : byName.get(ref)!);
}

/** The operator after which a tensor is there; undefined where it is from the start. */
function availableAfter({writer, viewOf}: Resolved, tensor: number): number | undefined {
  for (let t: number | undefined = tensor; t !== undefined; t = viewOf[t]) {
    if (writer.has(t)) return writer.get(t);
  }
  return undefined;
}

function tooEarly(stated: Resolved, places: readonly number[]): string[] {
  return stated.operators.flatMap(({inputs, outputs, after}, v) => {
    const viewed = outputs.flatMap(t => stated.viewOf[t] ?? []);
    const needed = [
      ...inputs.map(t => availableAfter(stated, t)),
      ...viewed.map(t => availableAfter(stated, t)).filter(u => u !== v),
      ...after,
    ];
    const late = needed.find(u => u !== undefined && places[u]! >= places[v]!);
    return late === undefined ? [] : [`operator ${v} runs before operator ${late}, which it needs`];
  });
}

function* wrongBuffers(
  stated: Resolved,
  places: readonly number[],
  buffers: Pick<ProblemColumns, 'count' | 'start' | 'end' | 'size' | 'constraints'>,
): Generator<string> {
  const {sizes, viewOf} = stated;
  const buffer = new Map<number, number>();
  sizes.forEach((_, t) => {
    if (viewOf[t] === undefined) buffer.set(t, buffer.size);
  });
  if (buffers.count !== buffer.size) {
    yield `there are ${buffers.count} buffers, ${buffer.size} tensors are no views`;
    return;
  }
  const uses = usesOf(stated, places);
  for (const [t, b] of buffer) {
    const {from, to} = uses.get(t)!;
    if (buffers.size[b] !== sizes[t])
      yield `buffer ${b} has ${buffers.size[b]} bytes, tensor ${t} has ${sizes[t]}`;
    if (from < to && (buffers.start[b] !== from || buffers.end[b] !== to))
      yield `buffer ${b} lives from ${buffers.start[b]} to ${buffers.end[b]}, tensor ${t} from ${from} to ${to}`;
  }
  const pairs = new Set(
    stated.operators.flatMap(({inPlace, outputs}) =>
      inPlace.map(t => `${buffer.get(storageOf(stated, t))} ${buffer.get(outputs[0]!)}`),
    ),
  );
  for (const {input, output} of buffers.constraints?.inPlace ?? []) {
    if (!pairs.has(`${input} ${output}`)) yield `buffer ${output} may not be written over buffer ${input}`;
  }
}

function storageOf({viewOf}: Resolved, tensor: number): number {
  let t = tensor;
  while (viewOf[t] !== undefined) t = viewOf[t]!;
  return t;
}

/** Per tensor that is no view: the places `[from, to)` at which it, or a view of it, must be there. */
function usesOf(stated: Resolved, places: readonly number[]): Map<number, {from: number; to: number}> {
  const {sizes, isOutput, viewOf, writer, operators} = stated;
  const uses = new Map<number, {from: number; to: number}>();
  sizes.forEach((_, t) => {
    if (viewOf[t] !== undefined) return;
    const by = writer.get(t);
    uses.set(t, by === undefined ? {from: 0, to: 0} : {from: places[by]!, to: places[by]! + 1});
  });
  const extend = (t: number, to: number) => {
    const use = uses.get(storageOf(stated, t))!;
    use.to = Math.max(use.to, to);
  };
  isOutput.forEach((is, t) => {
    if (is) extend(t, Math.max(1, operators.length));
  });
  operators.forEach(({inputs, outputs}, v) => {
    for (const t of [...inputs, ...outputs]) extend(t, places[v]! + 1);
  });
  return uses;
}
