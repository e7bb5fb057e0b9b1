/**
 * The messages of an ONNX model that planning needs: nodes, tensors, types.
 *
 * Fields by https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (read 2026-01).
 */
import {ImportError} from '../../../model/errors.ts';
import type {ProtoField} from '../../containers/types.ts';
import {FUNCTION, GRAPH, type GraphField} from './stream.ts';

/** The result of `loadProtobuf`. */
export interface Protobuf {
  protoFields(message: Uint8Array, base: number): Iterable<ProtoField>;
  packedIntegers(bytes: Uint8Array): number[];
}

/** A dimension: a size, a name, or neither known. */
export type Dimension = number | string | undefined;

export interface ValueType {
  /** TensorProto.DataType, 0 where unknown. */
  readonly elementType: number;
  /** Undefined where not even the rank is known. */
  readonly dimensions: readonly Dimension[] | undefined;
  /** Whether it is a tensor at all, and no sequence, map or optional. */
  readonly isTensor: boolean;
}

export interface Tensor {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly number[];
  /** The integers of the tensor, where the file has them and they are few. */
  readonly values: readonly number[] | undefined;
}

export interface Attribute {
  readonly integer?: number;
  readonly integers?: readonly number[];
  readonly text?: string;
  readonly tensor?: Tensor;
  /** Within a function: the attribute of the call that has the value. */
  readonly reference?: string;
}

export interface OnnxNode {
  readonly operator: string;
  readonly domain: string;
  /** Which of the functions of that name is called. */
  readonly overload: string;
  /** Its name, else that of its first output. */
  readonly name: string;
  /** `''` for one left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly hasSubgraph: boolean;
}

/** A function of the model: a call of it is its nodes. */
export interface OnnxFunction {
  readonly operator: string;
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  /** Attributes with a value for calls that give none. */
  readonly defaults: ReadonlyMap<string, Attribute>;
}

export interface OnnxGraph {
  /** In the order of the file, which is topological. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Types declared by inputs, outputs and value_info. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** Constants by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** Bytes of one element, by TensorProto.DataType; undefined for strings, which have none. */
const ELEMENT_BYTES: readonly (number | undefined)[] = [
  undefined, // 0: undefined
  4,
  1,
  1,
  2,
  2,
  4,
  8, // 1 to 7: float, uint8, int8, uint16, int16, int32, int64
  undefined, // 8: string
  1,
  2,
  8,
  4,
  8,
  8,
  16,
  2, // 9 to 16: bool, float16, double, uint32, uint64, complex64, complex128, bfloat16
  1,
  1,
  1,
  1, // 17 to 20: four floats of 8 bits
  0.5,
  0.5,
  0.5, // 21 to 23: uint4, int4, float4e2m1
  1, // 24: float8e8m0
  0.25,
  0.25, // 25 and 26: uint2, int2
];

/** By TensorProto.DataType; those that are left out have no name in use. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
};

/** The name of an element type; its number where it has none here. */
export function typeName(elementType: number): string {
  return TYPE_NAMES[elementType] ?? `type ${elementType}`;
}

/** Bytes of a tensor; undefined where its elements have no size. */
export function tensorBytes(elementType: number, shape: readonly number[]): number | undefined {
  const bytes = ELEMENT_BYTES[elementType];
  return bytes === undefined ? undefined : Math.ceil(bytes * shape.reduce((count, size) => count * size, 1));
}

const INT32 = 6;
const INT64 = 7;
const MOST_VALUES = 2048;
const MOST_RANK = 64;
/**
 * What a model may be made of: a field of a message is one, and so is an integer of a list; a message is several, since
 * it becomes an object. A graph of 100,000 operators has about 5 million.
 */
const MOST_UNITS = 1 << 24;
const MESSAGE_UNITS = 4;
/** Bytes of all names together. */
const MOST_TEXT_BYTES = 128 << 20;
const decoder = new TextDecoder();

/** Collects the fields of a graph. */
export class OnnxReader {
  readonly nodes: OnnxNode[] = [];
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  readonly types = new Map<string, ValueType>();
  readonly weights = new Map<string, Tensor>();
  readonly functions: OnnxFunction[] = [];
  readonly #protobuf: Protobuf;
  #units = 0;
  #textBytes = 0;

  constructor(protobuf: Protobuf) {
    this.#protobuf = protobuf;
  }

  /** @throws {ImportError} with the byte. */
  add({number, bytes, byte}: GraphField): void {
    try {
      if (number === FUNCTION) this.functions.push(this.#function(bytes));
      else if (number === GRAPH.node) this.nodes.push(this.#node(bytes));
      else if (number === GRAPH.initializer) this.#weight(this.#tensor(bytes));
      else if (number === GRAPH.sparseInitializer) this.#weight(this.#sparse(bytes));
      else this.#value(number, bytes);
    } catch (error) {
      if (error instanceof ImportError) throw error;
      const cause = error instanceof Error ? error.message : String(error);
      throw new ImportError(`damaged within the field at byte ${byte}: ${cause}`, {format: 'onnx', byte});
    }
  }

  #weight(tensor: Tensor): void {
    this.weights.set(tensor.name, tensor);
  }

  #value(number: number, bytes: Uint8Array): void {
    let name = '';
    let type: ValueType = {elementType: 0, dimensions: undefined, isTensor: true};
    for (const field of this.#fields(bytes)) {
      if (field.number === 1) name = this.#text(field);
      else if (field.number === 2 && field.bytes) type = this.#type(field.bytes);
    }
    if (number === GRAPH.input) this.inputs.push(name);
    else if (number === GRAPH.output) this.outputs.push(name);
    this.types.set(name, type);
  }

  #type(bytes: Uint8Array): ValueType {
    for (const field of this.#fields(bytes)) {
      if (field.number === 1 && field.bytes) return this.#tensorType(field.bytes);
      if ([4, 5, 8, 9].includes(field.number))
        return {elementType: 0, dimensions: undefined, isTensor: false};
    }
    return {elementType: 0, dimensions: undefined, isTensor: true};
  }

  #tensorType(bytes: Uint8Array): ValueType {
    let elementType = 0;
    let dimensions: Dimension[] | undefined;
    for (const field of this.#fields(bytes)) {
      if (field.number === 1) elementType = numberOf(field);
      else if (field.number === 2 && field.bytes) {
        dimensions = [];
        for (const dimension of this.#fields(field.bytes))
          if (dimension.number === 1 && dimension.bytes) {
            dimensions.push(this.#dimension(dimension.bytes));
            checkRank(dimensions.length);
          }
      }
    }
    return {elementType, dimensions, isTensor: true};
  }

  #dimension(bytes: Uint8Array): Dimension {
    for (const field of this.#fields(bytes)) {
      if (field.number === 1) return numberOf(field) >= 0 ? numberOf(field) : undefined;
      if (field.number === 2) return this.#text(field) || undefined;
    }
    return undefined;
  }

  #node(bytes: Uint8Array): OnnxNode {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, Attribute>();
    let [operator, domain, name, overload] = ['', '', '', ''];
    let hasSubgraph = false;
    for (const field of this.#fields(bytes)) {
      if (field.number === 1) inputs.push(this.#text(field));
      else if (field.number === 2) outputs.push(this.#text(field));
      else if (field.number === 3) name = this.#text(field);
      else if (field.number === 4) operator = this.#text(field);
      else if (field.number === 7) domain = this.#text(field);
      else if (field.number === 8) overload = this.#text(field);
      else if (field.number === 5 && field.bytes)
        hasSubgraph = this.#attribute(field.bytes, attributes) || hasSubgraph;
    }
    const called = name || (outputs[0] ?? '');
    return {operator, domain, overload, name: called, inputs, outputs, attributes, hasSubgraph};
  }

  #function(bytes: Uint8Array): OnnxFunction {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const nodes: OnnxNode[] = [];
    const defaults = new Map<string, Attribute>();
    let [operator, domain, overload] = ['', '', ''];
    for (const field of this.#fields(bytes)) {
      if (field.number === 1) operator = this.#text(field);
      else if (field.number === 4) inputs.push(this.#text(field));
      else if (field.number === 5) outputs.push(this.#text(field));
      else if (field.number === 7 && field.bytes) nodes.push(this.#node(field.bytes));
      else if (field.number === 10) domain = this.#text(field);
      else if (field.number === 11 && field.bytes) this.#attribute(field.bytes, defaults);
      else if (field.number === 13) overload = this.#text(field);
    }
    return {operator, domain, overload, inputs, outputs, nodes, defaults};
  }

  /** @returns whether it is a graph. */
  #attribute(bytes: Uint8Array, attributes: Map<string, Attribute>): boolean {
    let name = '';
    let attribute: Attribute = {};
    let isGraph = false;
    const integers: number[] = [];
    for (const field of this.#fields(bytes)) {
      if (field.number === 1) name = this.#text(field);
      else if (field.number === 3) attribute = {integer: numberOf(field)};
      else if (field.number === 4) attribute = {text: this.#text(field)};
      else if (field.number === 5 && field.bytes) attribute = {tensor: this.#tensor(field.bytes)};
      else if (field.number === 8) append(integers, this.#integersOf(field));
      else if (field.number === 21 && this.#text(field) !== '') attribute = {reference: this.#text(field)};
      else if (field.number === 6 || field.number === 11) isGraph = true;
    }
    attributes.set(name, integers.length > 0 ? {integers} : attribute);
    return isGraph;
  }

  #sparse(bytes: Uint8Array): Tensor {
    let values: Tensor = {name: '', elementType: 0, shape: [], values: undefined};
    const shape: number[] = [];
    for (const field of this.#fields(bytes)) {
      if (field.number === 1 && field.bytes) values = this.#tensor(field.bytes);
      else if (field.number === 3) append(shape, this.#integersOf(field));
    }
    checkRank(shape.length);
    return {...values, shape, values: undefined};
  }

  #tensor(bytes: Uint8Array): Tensor {
    const shape: number[] = [];
    const listed: number[] = [];
    let [name, elementType] = ['', 0];
    let raw: Uint8Array | undefined;
    for (const field of this.#fields(bytes)) {
      if (field.number === 1) append(shape, this.#integersOf(field));
      else if (field.number === 2) elementType = numberOf(field);
      else if (field.number === 5 || field.number === 7) append(listed, this.#integersOf(field));
      else if (field.number === 8) name = this.#text(field);
      else if (field.number === 9) raw = field.bytes;
    }
    checkRank(shape.length);
    const count = shape.reduce((product, size) => product * size, 1);
    const isInteger = (elementType === INT32 || elementType === INT64) && count <= MOST_VALUES;
    const found = raw ? rawIntegers(raw, elementType) : listed;
    return {name, elementType, shape, values: isInteger && found.length === count ? found : undefined};
  }

  #integersOf(field: ProtoField): number[] {
    // each takes a byte at least
    if (field.bytes && field.bytes.length > MOST_UNITS)
      throw new Error(`a list of more than ${MOST_UNITS} integers`);
    const integers = field.bytes ? this.#protobuf.packedIntegers(field.bytes) : [Number(field.integer ?? 0n)];
    this.#count(integers.length);
    return integers;
  }

  *#fields(bytes: Uint8Array): Generator<ProtoField, void, undefined> {
    this.#count(MESSAGE_UNITS);
    for (const field of this.#protobuf.protoFields(bytes, 0)) {
      this.#count(1);
      yield field;
    }
  }

  #count(units: number): void {
    this.#units += units;
    if (this.#units > MOST_UNITS)
      throw new Error(`the graph has more than ${MOST_UNITS} fields and integers`);
  }

  #text({bytes}: ProtoField): string {
    if (!bytes) return '';
    this.#textBytes += bytes.length;
    if (this.#textBytes > MOST_TEXT_BYTES)
      throw new Error(`names of more than ${MOST_TEXT_BYTES} bytes in all`);
    return decoder.decode(bytes);
  }
}

/** A list from the file may be too long for arguments of a call. */
function append(list: number[], more: readonly number[]): void {
  for (const one of more) list.push(one);
}

function rawIntegers(raw: Uint8Array, elementType: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values: number[] = [];
  if (elementType === INT64)
    for (let at = 0; at + 8 <= raw.length; at += 8) values.push(Number(view.getBigInt64(at, true)));
  else for (let at = 0; at + 4 <= raw.length; at += 4) values.push(view.getInt32(at, true));
  return values;
}

function checkRank(rank: number): void {
  if (rank > MOST_RANK) throw new Error(`a tensor of more than ${MOST_RANK} dimensions`);
}

function numberOf({integer}: ProtoField): number {
  return Number(integer ?? 0n);
}
