/**
 * The outer levels of an ONNX file as it streams by: the fields of the model and of its graph one by one, tensors
 * without their data. So a model of gigabytes is read in the memory of its largest node.
 */
import {ImportError} from '../../../model/errors.ts';
import type {ByteSource} from '../../source/source.ts';

/** Position of a field that was read whole. */
export interface GraphField {
  /** Its number in GraphProto, or `FUNCTION`. */
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Byte of the input where it begins; within a tensor whose data was passed over, not exact. */
  readonly byte: number;
}

const MODEL = {graph: 7, functions: 25} as const;
/** The number of a field that is a function of the model, not a field of the graph. */
export const FUNCTION = -1;
export const GRAPH = {
  node: 1,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseInitializer: 15,
} as const;
const WANTED: ReadonlySet<number> = new Set(Object.values(GRAPH));

/** Data of a tensor is kept up to this many bytes: shapes and indices, not weights. */
const MOST_DATA_BYTES = 16 * 1024;
/** TensorProto: raw_data, float_data, int32_data, string_data, int64_data, double_data, uint64_data. */
const DATA_FIELDS: ReadonlySet<number> = new Set([9, 4, 5, 6, 7, 10, 11]);

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** The fields of the graph that planning needs, in the order of the file. @throws {ImportError} with the byte. */
export async function* graphFields(source: ByteSource): AsyncGenerator<GraphField, void, undefined> {
  const stream = new ProtoStream(source);
  let hasGraph = false;
  for (let field = await stream.field(); field; field = await stream.field()) {
    if (field.number === MODEL.functions && field.type === DELIMITED) {
      const byte = stream.byte;
      yield {number: FUNCTION, bytes: await stream.take(field.value), byte};
      continue;
    }
    if (field.number !== MODEL.graph || field.type !== DELIMITED) {
      await stream.pass(field);
      continue;
    }
    hasGraph = true;
    const end = stream.byte + field.value;
    while (stream.byte < end) {
      const inner = await stream.field();
      if (!inner) throw stream.error('the file ends within the graph');
      if (inner.type !== DELIMITED || !WANTED.has(inner.number)) {
        await stream.pass(inner);
        continue;
      }
      const byte = stream.byte;
      const isTensor = inner.number === GRAPH.initializer;
      const bytes = isTensor ? await withoutData(stream, inner.value) : await stream.take(inner.value);
      yield {number: inner.number, bytes, byte};
    }
    if (stream.byte !== end) throw stream.error('a field of the graph is longer than the graph');
  }
  if (!hasGraph) throw new ImportError('the model has no graph', {format: 'onnx', byte: stream.byte});
}

/** A tensor's fields, without data above `MOST_DATA_BYTES`. */
async function withoutData(stream: ProtoStream, length: number): Promise<Uint8Array> {
  const end = stream.byte + length;
  const parts: Uint8Array[] = [];
  let total = 0;
  while (stream.byte < end) {
    stream.startRecording();
    const field = await stream.field();
    if (!field) throw stream.error('the file ends within a tensor');
    if (field.type === DELIMITED && DATA_FIELDS.has(field.number) && field.value > MOST_DATA_BYTES) {
      stream.stopRecording();
      await stream.pass(field);
      continue;
    }
    if (field.type !== VARINT) stream.record(await stream.take(lengthOf(field)));
    const part = stream.stopRecording();
    parts.push(part);
    total += part.length;
  }
  if (stream.byte !== end) throw stream.error('a field of a tensor is longer than the tensor');
  return concatenated(parts, total);
}

function concatenated(parts: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface StreamField {
  readonly number: number;
  readonly type: number;
  /** The value of a varint; the length of a length-delimited field. */
  readonly value: number;
}

function lengthOf({type, value}: StreamField): number {
  return type === DELIMITED ? value : type === FIXED64 ? 8 : type === FIXED32 ? 4 : 0;
}

class ProtoStream {
  /** Byte of the input that is read next. */
  byte = 0;
  readonly #chunks: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #source: ByteSource;
  #chunk = new Uint8Array(0);
  #at = 0;
  #recorded: number[] | undefined;
  #record: Uint8Array = new Uint8Array(0);

  constructor(source: ByteSource) {
    this.#source = source;
    this.#chunks = source.chunks();
  }

  /** The next field's tag and length; undefined at the end of the file. */
  async field(): Promise<StreamField | undefined> {
    if (!(await this.#fill())) return undefined;
    const tag = await this.#varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (number === 0 || number >= 2 ** 29 || ![VARINT, FIXED64, DELIMITED, FIXED32].includes(type)) {
      throw this.error('no field of a protocol buffer');
    }
    return {number, type, value: type === VARINT || type === DELIMITED ? await this.#varint() : 0};
  }

  /** Skips the content after the field's tag and length. */
  async pass(field: StreamField): Promise<void> {
    let left = lengthOf(field);
    while (left > 0) {
      if (!(await this.#fill())) throw this.error(`the file ends ${left} bytes before the end of a field`);
      left -= this.#advance(left).length;
    }
  }

  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const from = this.byte;
    for (let left = length; left > 0; ) {
      if (!(await this.#fill())) throw this.error(`the file ends ${left} bytes before the end of a field`);
      const part = this.#advance(left);
      parts.push(part);
      left -= part.length;
      if (this.byte - from > this.#source.mostHeldBytes)
        throw this.error(`a field of ${length} bytes, more than are read of so few compressed ones`);
    }
    return parts.length === 1 ? parts[0]! : concatenated(parts, length);
  }

  /** Keeps the bytes of tags and lengths that are read from now on. */
  startRecording(): void {
    this.#recorded = [];
    this.#record = new Uint8Array(0);
  }

  record(bytes: Uint8Array): void {
    this.#record = bytes;
  }

  stopRecording(): Uint8Array {
    const recorded = Uint8Array.from(this.#recorded ?? []);
    this.#recorded = undefined;
    return concatenated([recorded, this.#record], recorded.length + this.#record.length);
  }

  error(message: string): ImportError {
    return new ImportError(`damaged at byte ${this.byte}: ${message}`, {format: 'onnx', byte: this.byte});
  }

  /** Up to that many bytes of the chunk at hand. */
  #advance(most: number): Uint8Array {
    const part = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    this.byte += part.length;
    return part;
  }

  /** Whether there is a byte to read. */
  async #fill(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#chunk = next.value as Uint8Array<ArrayBuffer>;
      this.#at = 0;
    }
    return true;
  }

  /** Exact up to 2^53; larger ones are negative numbers, in skipped fields. */
  async #varint(): Promise<number> {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (!(await this.#fill())) throw this.error('the file ends within a number');
      const byte = this.#chunk[this.#at++]!;
      this.byte++;
      this.#recorded?.push(byte);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw this.error('a number longer than 64 bits');
  }
}
