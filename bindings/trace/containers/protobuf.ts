/** Fields of protocol buffers, by the reader of @bufbuild/protobuf, which needs no schema and copies nothing. */
import {BinaryReader, WireType} from '@bufbuild/protobuf/wire';
import type {ProtoField} from './types.ts';

/**
 * The fields of one message, in their order. Fields of fixed width are passed over.
 * @param base the byte of the whole input at which the message begins.
 * @throws {Error} where the message ends within a field, or is none.
 */
export function* protoFields(message: Uint8Array, base: number): Generator<ProtoField, void, undefined> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.Varint) {
      const byte = base + reader.pos;
      yield {number, byte, integer: BigInt(reader.int64())};
    } else if (type === WireType.LengthDelimited) {
      const bytes = reader.bytes();
      yield {number, byte: base + reader.pos - bytes.length, bytes};
    } else {
      // a group is none of ours, and nests
      if (type === WireType.StartGroup) throw new Error('a group where none is allowed');
      reader.skip(type, number);
    }
  }
}

/** The varints of a packed list, as signed integers of 64 bits; those beyond 2^53 are rounded. */
export function packedIntegers(bytes: Uint8Array): number[] {
  const reader = new BinaryReader(bytes);
  const values: number[] = [];
  while (reader.pos < reader.len) values.push(Number(reader.int64()));
  return values;
}
