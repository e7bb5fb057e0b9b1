/** What must run before what, and that the listed order keeps to it. */

import {UsageError} from '../model/errors.ts';

interface Parts {
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  readonly writer: Int32Array;
  readonly viewOf: Int32Array;
  readonly ids: readonly string[];
  readonly tensorIds: readonly string[];
}

/** A reason why an operator waits for another: the field that says so, and words for people. */
interface Wait {
  readonly on: number;
  readonly field: string;
  readonly reason: string;
}

/**
 * Per operator: the operators that must run before it, ascending. A tensor is there when its writer has run; a view that no operator
 * writes is there with what it views.
 * @throws UsageError where the listed order is none in which the operators can run.
 */
export function checkRuns(parts: Parts): readonly (readonly number[])[] {
  const sourceOf = sources(parts);
  return parts.ids.map((_, v) => {
    const before = new Set<number>();
    for (const wait of waitsOf(parts, sourceOf, v)) {
      if (wait.on === v && wait.field.includes('.outputs')) continue;
      if (wait.on >= v) throw misplaced(parts, sourceOf, v, wait);
      before.add(wait.on);
    }
    return [...before].sort((a, b) => a - b);
  });
}

/** Per tensor: the operator after which it is there, or −1. Views are checked to end. */
function sources({writer, viewOf}: Parts): Int32Array {
  const source = new Int32Array(writer.length).fill(-2);
  for (let t = 0; t < writer.length; t++) {
    const path: number[] = [];
    let at = t;
    while (source[at] === -2 && writer[at] === -1 && viewOf[at]! >= 0) {
      path.push(at);
      at = viewOf[at]!;
    }
    const found = source[at] === -2 ? writer[at]! : source[at]!;
    source[at] = found;
    for (const passed of path) source[passed] = found;
  }
  return source;
}

function* waitsOf(
  {inputs, outputs, after, viewOf, ids, tensorIds}: Parts,
  sourceOf: Int32Array,
  v: number,
): Generator<Wait> {
  for (const [k, t] of inputs[v]!.entries()) {
    if (sourceOf[t] !== -1)
      yield {
        on: sourceOf[t]!,
        field: `operators[${v}].inputs[${k}]`,
        reason: `which writes tensor ${tensorIds[t]}`,
      };
  }
  for (const [k, t] of outputs[v]!.entries()) {
    const of = viewOf[t]!;
    if (of >= 0 && sourceOf[of] !== -1)
      yield {
        on: sourceOf[of]!,
        field: `operators[${v}].outputs[${k}]`,
        reason: `which writes tensor ${tensorIds[of]}, of which ${tensorIds[t]} is a view`,
      };
  }
  for (const [k, u] of after[v]!.entries())
    yield {on: u, field: `operators[${v}].after[${k}]`, reason: `which ${ids[v]} must follow`};
}

function misplaced(parts: Parts, sourceOf: Int32Array, v: number, {on, field, reason}: Wait): UsageError {
  const {ids} = parts;
  if (on === v) return new UsageError(`${field}: operator ${ids[v]} waits for itself`);
  if (waitsFor(parts, sourceOf, on, v))
    return new UsageError(
      `${field}: operators ${ids[v]} and ${ids[on]} wait for each other, so neither can run`,
    );
  return new UsageError(
    `${field}: operator ${ids[on]}, ${reason}, is listed later: list operators in an order in which they can run`,
  );
}

/** Whether operator `from` waits for operator `to`, directly or by others. */
function waitsFor(parts: Parts, sourceOf: Int32Array, from: number, to: number): boolean {
  const seen = new Set([from]);
  for (const v of seen) {
    if (v === to) return true;
    for (const {on} of waitsOf(parts, sourceOf, v)) seen.add(on);
  }
  return false;
}
