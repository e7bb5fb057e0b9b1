/**
 * Which values of an ONNX graph take memory, how much, and from which operator to which.
 *
 * Operators run in the order of the file, one a tick. What depends on constants alone is folded, as every runtime
 * does: it is a constant itself and takes no tick; only DequantizeLinear is kept where the runtime keeps it. A value lives from the operator that writes it to after the last one
 * that reads it; an input from the first operator on, an output to the end.
 */
import {ImportError} from '../../../model/errors.ts';
import {cut, listNames} from '../../../model/shown.ts';
import type {OnnxRuntime} from '../importer.ts';
import {onnxMultiplyAdds} from '../operator-cost.ts';
import {type OnnxGraph, type OnnxNode, tensorBytes, typeName, type ValueType} from './model.ts';
import {type KnownValue, Operator, product} from './operator.ts';
import {inferShapes} from './shapes.ts';

/** A value that takes memory. */
export interface LiveValue {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Of its elements, e.g. `float32`. */
  readonly type: string;
  /** The operator that writes it; `''` of an input. */
  readonly operator: string;
  start: number;
  end: number;
  /** Whether it is an input or output of the model, whose memory may be the caller's. */
  isOuter: boolean;
  /** Whether it is an output of the model. */
  isOutput: boolean;
}

/** An operator that is not folded; `tick` is its index among them. */
export interface RunNode {
  readonly node: OnnxNode;
  readonly inputs: readonly LiveValue[];
  readonly outputs: readonly LiveValue[];
  readonly multiplyAdds: number;
}

/** Characters of an operator's name that are shown. */
const MOST_NAME = 200;

/** Operators that give something else at every run, whatever their inputs. */
export const RANDOM = /^(Random|Bernoulli|Multinomial)/;

export class OnnxLiveness {
  readonly values: LiveValue[] = [];
  readonly nodes: RunNode[] = [];
  /** Operators that are folded. */
  folded = 0;
  /** Bytes of the constants that operators read, whether from the file or folded. */
  weightBytes = 0;
  /** Outputs without readers and of unknown shape: left out. */
  unknownUnused = 0;
  readonly #graph: OnnxGraph;
  readonly #dims: Readonly<Record<string, number>>;
  readonly #runtime: OnnxRuntime;
  /** DequantizeLinear of constants that run, and the bytes of their outputs. */
  readonly dequantized = {count: 0, bytes: 0};
  readonly #known = new Map<string, KnownValue>();
  readonly #live = new Map<string, LiveValue>();
  #readers: Map<string, OnnxNode[]> | undefined;
  /** Constants counted. */
  readonly #weights = new Set<string>();
  readonly #used: ReadonlySet<string>;

  /** @throws {ImportError} naming the value or operator that is to blame. */
  constructor(
    graph: OnnxGraph,
    dims: Readonly<Record<string, number>>,
    runtime: OnnxRuntime = 'onnxruntime',
  ) {
    this.#graph = graph;
    this.#runtime = runtime;
    this.#dims = dims;
    this.#used = new Set([...graph.outputs, ...graph.nodes.flatMap(node => node.inputs)]);
    for (const {name, elementType, shape, values} of graph.weights.values()) {
      this.#known.set(name, {elementType, shape, values});
    }
    for (const name of graph.inputs) if (!graph.weights.has(name)) this.#input(name);
    for (const node of graph.nodes) this.#run(node);
    for (const name of graph.outputs) {
      const value = this.#live.get(name);
      if (!value) continue;
      value.isOuter = true;
      value.isOutput = true;
      value.end = this.nodes.length;
    }
  }

  #input(name: string): void {
    const type = this.#graph.types.get(name);
    const shape = type && this.#declared(type);
    if (!type || !shape) throw this.#unknownShape(`the shape of the input "${name}" is not known`, type);
    this.#known.set(name, {elementType: type.elementType, shape});
    this.#add(name, {elementType: type.elementType, shape}, '', 0).isOuter = true;
  }

  #run(node: OnnxNode): void {
    if (node.hasSubgraph) {
      throw this.#error(`${describe(node)} has a graph of its own, whose memory cannot be planned here`);
    }
    const inputs = node.inputs.filter(name => name !== '');
    const lost = inputs.find(name => !this.#known.has(name));
    if (lost !== undefined)
      throw this.#error(`${describe(node)} reads "${lost}", which nothing before it gives`);
    const live = inputs.flatMap(name => this.#live.get(name) ?? []);
    const outputs = this.#outputs(node);
    // a shape, or a value computed from it, is known before the model runs
    const isStatic = outputs.every(({known}) => known.values !== undefined);
    const isConstant = live.length === 0 && !RANDOM.test(node.operator);
    const isKept = isConstant && this.#keeps(node);
    if ((isConstant && !isKept) || (isStatic && outputs.length > 0)) {
      this.folded++;
      for (const {name, known} of outputs) this.#known.set(name, known);
      return;
    }
    const tick = this.nodes.length;
    const written: LiveValue[] = [];
    const shapes = node.inputs.map(name => this.#known.get(name)?.shape);
    const multiplyAdds = onnxMultiplyAdds(node.operator, shapes, outputs[0]?.known.shape);
    this.nodes.push({node, inputs: live, outputs: written, multiplyAdds});
    for (const value of live) value.end = tick + 1;
    for (const name of inputs) this.#countWeight(name);
    const operator = describe(node);
    for (const {name, known} of outputs) {
      // integers that depend on the inputs are not known, whatever a rule made of them
      this.#known.set(name, {elementType: known.elementType, shape: known.shape});
      const value = this.#add(name, known, operator, tick);
      written.push(value);
      if (isKept) this.dequantized.bytes += value.size;
    }
    if (isKept) this.dequantized.count++;
  }

  /**
   * ONNX Runtime folds no DequantizeLinear of constants, so that kernels can read the quantized weights; unless it is
   * dequantized for one operator whose only output is quantized again, which is folded as a whole.
   */
  #keeps({operator, outputs}: OnnxNode): boolean {
    if (this.#runtime === 'folding' || operator !== 'DequantizeLinear') return false;
    const [reader, ...others] = this.#readersOf(outputs[0] ?? '');
    if (!reader || others.length > 0 || reader.inputs.length !== 1 || reader.outputs.length !== 1)
      return true;
    const [next, ...more] = this.#readersOf(reader.outputs[0]!);
    return more.length > 0 || next?.operator !== 'QuantizeLinear' || RANDOM.test(reader.operator);
  }

  /** None for an output of the graph: its reader is the caller. */
  #readersOf(name: string): readonly OnnxNode[] {
    if (!this.#readers) {
      this.#readers = new Map();
      for (const node of this.#graph.nodes)
        for (const input of node.inputs) {
          const readers = this.#readers.get(input);
          if (readers) readers.push(node);
          else this.#readers.set(input, [node]);
        }
      for (const output of this.#graph.outputs) this.#readers.delete(output);
    }
    return this.#readers.get(name) ?? [];
  }

  #countWeight(name: string): void {
    if (this.#live.has(name) || this.#weights.has(name)) return;
    this.#weights.add(name);
    const {elementType, shape} = this.#known.get(name)!;
    this.weightBytes += tensorBytes(elementType, shape) ?? 0;
  }

  /** The node's outputs: as the file declares them, else as inferred. */
  #outputs(node: OnnxNode): {name: string; known: KnownValue}[] {
    let inferred: readonly KnownValue[] | undefined;
    let reason = 'the file does not declare it';
    try {
      inferred = inferShapes(
        new Operator(
          node,
          node.inputs.map(name => this.#known.get(name)),
        ),
      );
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    return node.outputs.flatMap((name, index) => {
      if (name === '') return [];
      const type = this.#graph.types.get(name);
      if (type && !type.isTensor) throw this.#error(`"${name}" of ${describe(node)} is no tensor`);
      const shape = type && this.#declared(type);
      const own = inferred?.[index];
      const elementType = type?.elementType || own?.elementType;
      const values = own?.values?.length === (shape && product(shape)) ? own?.values : undefined;
      if (shape && elementType) return {name, known: {elementType, shape, values}};
      if (own) return {name, known: own};
      if (!this.#used.has(name)) {
        this.unknownUnused++;
        return [];
      }
      throw this.#unknownShape(
        `the shape of "${name}", which ${describe(node)} gives, is not known: ${reason}`,
        type,
      );
    });
  }

  #add(name: string, {elementType, shape}: KnownValue, operator: string, start: number): LiveValue {
    const size = tensorBytes(elementType, shape);
    if (size === undefined || !Number.isSafeInteger(size)) {
      throw this.#error(
        `"${name}" has elements of type ${elementType} and the shape [${shape}]: no size to plan`,
      );
    }
    const type = typeName(elementType);
    const value = {name, size, type, operator, start, end: start + 1, isOuter: false, isOutput: false};
    this.#live.set(name, value);
    this.values.push(value);
    return value;
  }

  /** The declared shape with the given sizes for its symbols; undefined where a dimension stays open. */
  #declared({dimensions}: ValueType): number[] | undefined {
    const sizes = dimensions?.map(dimension =>
      typeof dimension === 'string' ? ownOf(this.#dims, dimension) : dimension,
    );
    return sizes?.every(size => size !== undefined) ? (sizes as number[]) : undefined;
  }

  /** The error of a value whose shape is not known, with advice about the symbols of its type. */
  #unknownShape(message: string, type: ValueType | undefined): ImportError {
    const isOpen = (dimension: string | number | undefined): dimension is string =>
      typeof dimension === 'string' && ownOf(this.#dims, dimension) === undefined;
    const open = (type?.dimensions ?? []).filter(isOpen);
    if (open.length === 0) return this.#error(`${message}${adviceFor(type)}`);
    const advice = `it depends on ${listNames(open)}; give a size, e.g. --dim ${open[0]}=1 (in JavaScript: dims)`;
    const dimensions = symbolsOf(this.#graph).filter(isOpen);
    return new ImportError(cut(`${message}: ${advice}`, 500), {format: 'onnx', dimensions});
  }

  #error(message: string): ImportError {
    return new ImportError(cut(message, 500), {format: 'onnx'});
  }
}

function adviceFor(type: ValueType | undefined): string {
  return type?.dimensions?.includes(undefined)
    ? ': a dimension has neither size nor name; export the model with fixed shapes, or run shape inference on it'
    : '';
}

function ownOf(dims: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(dims, name) ? dims[name] : undefined;
}

function describe({operator, name}: OnnxNode): string {
  return name === '' ? cut(operator) : `${cut(operator)} "${cut(name, MOST_NAME)}"`;
}

/** The names of a graph's symbolic dimensions, each once. */
export function symbolsOf({types}: OnnxGraph): string[] {
  const symbols = new Set<string>();
  for (const {dimensions} of types.values())
    for (const dimension of dimensions ?? []) if (typeof dimension === 'string') symbols.add(dimension);
  return [...symbols];
}
