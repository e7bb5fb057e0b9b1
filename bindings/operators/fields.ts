/** The fields of a problem of operators, checked: references become indices, errors name the place. */

import {UsageError} from '../model/errors.ts';
import {
  type Bytes,
  checkAlignment,
  checkBoolean,
  checkBytes,
  checkCount,
  checkFields,
  show,
} from '../model/numbers.ts';
import type {OperatorInfo, OperatorProblem, OperatorRef, TensorInfo} from '../model/operators.ts';
import {NO_ALIGNMENT} from '../model/problem.ts';
import {checkRuns} from './runs.ts';

const PROBLEM_FIELDS: ReadonlySet<string> = new Set(['tensors', 'operators', 'capacity', 'alignment']);
const TENSOR_FIELDS: ReadonlySet<string> = new Set(['id', 'size', 'output', 'alignment', 'viewOf']);
const OPERATOR_FIELDS: ReadonlySet<string> = new Set(['id', 'inputs', 'outputs', 'inPlace', 'after', 'cost']);

/** Tensors as columns; `viewOf` is −1 for a tensor that is no view. */
export interface Tensors {
  readonly ids: readonly string[];
  readonly size: Float64Array;
  readonly output: Uint8Array;
  readonly alignment: Float64Array;
  readonly viewOf: Int32Array;
  readonly find: Find;
}

/** Operators with tensors and operators by index. */
export interface Operators {
  readonly ids: readonly string[];
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  readonly inPlace: readonly (readonly number[])[];
  /** Operators that must run before; ascending. */
  readonly before: readonly (readonly number[])[];
  /** Those among them that `after` names. */
  readonly after: readonly (readonly number[])[];
  readonly cost: Float64Array;
  /** Per tensor: the operator that writes it, or −1. */
  readonly writer: Int32Array;
}

type Find = (ref: OperatorRef, field: string) => number;

/** Capacity and alignment. */
export function problemFields(problem: OperatorProblem): {capacity?: Bytes; defaultAlignment?: Bytes} {
  checkFields(problem, PROBLEM_FIELDS, 'problem');
  const {capacity, alignment} = problem;
  if (capacity !== undefined) checkBytes(capacity, 'capacity');
  if (alignment !== undefined) checkAlignment(alignment, 'alignment');
  return {
    ...(capacity === undefined ? {} : {capacity}),
    ...(alignment === undefined ? {} : {defaultAlignment: alignment}),
  };
}

export function checkTensors(tensors: readonly TensorInfo[]): Tensors {
  checkList(tensors, 'tensors');
  tensors.forEach((tensor, t) => {
    const field = `tensors[${t}]`;
    checkFields(tensor, TENSOR_FIELDS, field);
    checkId(tensor.id, `${field}.id`);
    checkBytes(tensor.size, `${field}.size`);
    if (tensor.output !== undefined) checkBoolean(tensor.output, `${field}.output`);
    if (tensor.alignment !== undefined) checkAlignment(tensor.alignment, `${field}.alignment`);
  });
  const find = finder(tensors, 'tensor');
  const viewOf = Int32Array.from(tensors, ({viewOf: of}, t) =>
    of === undefined ? -1 : find(of, `tensors[${t}].viewOf`),
  );
  const checked = {
    ids: tensors.map(({id}, t) => id ?? String(t)),
    size: Float64Array.from(tensors, ({size}) => size),
    output: Uint8Array.from(tensors, ({output}) => (output ? 1 : 0)),
    alignment: Float64Array.from(tensors, ({alignment}) => alignment ?? NO_ALIGNMENT),
    viewOf,
    find,
  };
  checkViews(checked);
  return checked;
}

/** Each view ends at a tensor that is none, and fits what it views. */
function checkViews({viewOf, size, ids}: Tensors): void {
  const ends = new Uint8Array(viewOf.length);
  for (let t = 0; t < viewOf.length; t++) {
    const path: number[] = [];
    let at = t;
    for (; viewOf[at]! >= 0 && ends[at] === 0; at = viewOf[at]!) {
      ends[at] = 2;
      path.push(at);
    }
    if (ends[at] === 2) throw new UsageError(`tensors[${at}].viewOf: tensor ${ids[at]} is a view of itself`);
    for (const passed of path) ends[passed] = 1;
    const of = viewOf[t]!;
    if (of >= 0 && size[t]! > size[of]!)
      throw new UsageError(
        `tensors[${t}].size: expected at most the ${size[of]} bytes of tensor ${ids[of]}, which it is a view of, got ${size[t]}`,
      );
  }
}

export function checkOperators(operators: readonly OperatorInfo[], tensors: Tensors): Operators {
  checkList(operators, 'operators');
  operators.forEach((operator, v) => {
    const field = `operators[${v}]`;
    checkFields(operator, OPERATOR_FIELDS, field);
    checkId(operator.id, `${field}.id`);
    if (operator.cost !== undefined) checkCount(operator.cost, `${field}.cost`);
  });
  const tensorsOf = (name: 'inputs' | 'outputs' | 'inPlace') =>
    operators.map((operator, v) =>
      refsOf(operator[name], `operators[${v}].${name}`, tensors.find, name === 'inPlace'),
    );
  const inputs = tensorsOf('inputs');
  const outputs = tensorsOf('outputs');
  const inPlace = tensorsOf('inPlace');
  const writer = writersOf(outputs, tensors);
  checkInPlace(inPlace, inputs, outputs, tensors);
  const findOperator = finder(operators, 'operator');
  const after = operators.map((operator, v) =>
    refsOf(operator.after, `operators[${v}].after`, findOperator, true),
  );
  const ids = operators.map(({id}, v) => id ?? String(v));
  const before = checkRuns({
    inputs,
    outputs,
    after,
    writer,
    viewOf: tensors.viewOf,
    ids,
    tensorIds: tensors.ids,
  });
  return {
    ids,
    inputs,
    outputs,
    inPlace,
    before,
    after,
    writer,
    cost: Float64Array.from(operators, ({cost}) => cost ?? -1),
  };
}

function writersOf(outputs: readonly (readonly number[])[], {ids, size}: Tensors): Int32Array {
  const writer = new Int32Array(size.length).fill(-1);
  outputs.forEach((list, v) => {
    list.forEach((t, k) => {
      if (writer[t] !== -1)
        throw new UsageError(
          `operators[${v}].outputs[${k}]: tensor ${ids[t]} is written by operators[${writer[t]}] already`,
        );
      writer[t] = v;
    });
  });
  return writer;
}

function checkInPlace(
  inPlace: readonly (readonly number[])[],
  inputs: readonly (readonly number[])[],
  outputs: readonly (readonly number[])[],
  {ids, viewOf}: Tensors,
): void {
  inPlace.forEach((list, v) => {
    const field = `operators[${v}].inPlace`;
    list.forEach((t, k) => {
      if (!inputs[v]!.includes(t))
        throw new UsageError(`${field}[${k}]: expected an input of the operator, got tensor ${ids[t]}`);
    });
    const first = outputs[v]![0];
    if (list.length > 0 && first === undefined)
      throw new UsageError(`${field}: expected an operator with an output, got one without`);
    if (list.length > 0 && viewOf[first!]! >= 0)
      throw new UsageError(
        `${field}: the output, tensor ${ids[first!]}, is a view: it has the bytes of its input anyway`,
      );
  });
}

function checkList(value: unknown, field: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw new UsageError(`${field}: expected an array, got ${show(value)}`);
}

function checkId(id: unknown, field: string): void {
  if (id !== undefined && (typeof id !== 'string' || /[",\r\n]/.test(id)))
    throw new UsageError(`${field}: expected a name without commas, quotes and line breaks, got ${show(id)}`);
}

function refsOf(
  refs: readonly OperatorRef[] | undefined,
  field: string,
  find: Find,
  optional: boolean,
): readonly number[] {
  if (refs === undefined && optional) return [];
  checkList(refs, field);
  return (refs as readonly OperatorRef[]).map((ref, k) => find(ref, `${field}[${k}]`));
}

/** Finds by index, or by `id` where it is there once; names are listed when the first is asked for. */
function finder(named: readonly {readonly id?: string}[], kind: 'tensor' | 'operator'): Find {
  let places: Map<string, number> | undefined;
  return (ref, field) => {
    if (typeof ref === 'number') {
      if (Number.isInteger(ref) && ref >= 0 && ref < named.length) return ref;
      const range = named.length > 0 ? `from 0 to ${named.length - 1}` : '(there are none)';
      throw new UsageError(`${field}: expected the index of a ${kind} ${range}, got ${show(ref)}`);
    }
    if (typeof ref !== 'string')
      throw new UsageError(`${field}: expected the index or id of a ${kind}, got ${show(ref)}`);
    places ??= placesOf(named);
    const place = places.get(ref);
    if (place === undefined) throw new UsageError(`${field}: no ${kind} has the id ${show(ref)}`);
    if (place < 0) throw new UsageError(`${field}: several ${kind}s have the id ${show(ref)}`);
    return place;
  };
}

function placesOf(named: readonly {readonly id?: string}[]): Map<string, number> {
  const places = new Map<string, number>();
  named.forEach(({id}, i) => {
    if (id !== undefined) places.set(id, places.has(id) ? -1 : i);
  });
  return places;
}
