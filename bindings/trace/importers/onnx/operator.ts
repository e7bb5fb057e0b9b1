/** One operator as shape inference sees it: the inputs that are known, and the attributes. */
import type {OnnxNode} from './model.ts';

/** Known facts about a value. */
export interface KnownValue {
  readonly elementType: number;
  readonly shape: readonly number[];
  /** Its integers, where they do not depend on the model's inputs: shapes, axes, indices. */
  readonly values?: readonly number[] | undefined;
}

/** An inferred output; `elementType` is that of the first input where absent. */
export interface InferredValue {
  readonly shape: readonly number[];
  readonly elementType?: number;
  readonly values?: readonly number[] | undefined;
}

/** Thrown where a shape cannot be inferred; the message is the reason. */
export class Unknown extends Error {}

/** Of a list that an operator works by. */
const MOST_INTEGERS = 2048;

export class Operator {
  readonly node: OnnxNode;
  readonly #inputs: readonly (KnownValue | undefined)[];

  constructor(node: OnnxNode, inputs: readonly (KnownValue | undefined)[]) {
    this.node = node;
    this.#inputs = inputs;
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  /** @throws {Unknown} */
  input(index: number): KnownValue {
    const known = this.#inputs[index];
    if (!known) throw new Unknown(`its input ${index} has no known shape`);
    return known;
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  shape(index: number): readonly number[] {
    return this.input(index).shape;
  }

  /** The integers of an input; undefined where the node has no such input. @throws {Unknown} */
  values(index: number): readonly number[] | undefined {
    if (!this.has(index)) return undefined;
    const {values} = this.input(index);
    if (!values) throw new Unknown(`its input ${index} is only known when the model runs`);
    return values;
  }

  integer(name: string, absent: number): number {
    return this.node.attributes.get(name)?.integer ?? absent;
  }

  integers(name: string): readonly number[] | undefined {
    const integers = this.node.attributes.get(name)?.integers;
    if (integers && integers.length > MOST_INTEGERS)
      throw new Unknown(`its attribute ${name} has ${integers.length} integers`);
    return integers;
  }

  text(name: string, absent: string): string {
    return this.node.attributes.get(name)?.text ?? absent;
  }

  /** Integers that older operator sets have as an attribute and newer ones as an input. */
  list(name: string, input: number): readonly number[] | undefined {
    return this.integers(name) ?? this.values(input);
  }
}

/** An axis from 0, of one that may count from the end. @throws {Unknown} */
export function axisOf(axis: number, rank: number): number {
  const from0 = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(from0) || from0 < 0 || from0 >= rank)
    throw new Unknown(`the axis ${axis} is not one of ${rank}`);
  return from0;
}

/** The shape that several shapes broadcast to. @throws {Unknown} where they do not fit. */
export function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = shapes.reduce((most, shape) => Math.max(most, shape.length), 0);
  return Array.from({length: rank}, (_, axis) => {
    const sizes = shapes.map(shape => shape[axis - rank + shape.length] ?? 1).filter(size => size !== 1);
    if (sizes.some(size => size !== sizes[0]))
      throw new Unknown(
        `shapes ${shapes
          .slice(0, 4)
          .map(shape => `[${shape}]`)
          .join(' and ')} do not fit`,
      );
    return sizes[0] ?? 1;
  });
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((count, size) => count * size, 1);
}
