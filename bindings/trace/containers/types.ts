/** Results of the readers of containers, in a file of their own: importing a type loads no reader. */

/** A field of a message: exactly one of the values, by its wire type. */
export interface ProtoField {
  readonly number: number;
  /** Where its value begins, a byte of the whole input. */
  readonly byte: number;
  /** The value of a varint. */
  readonly integer?: bigint;
  /** The bytes of a string, a packed list or a message: not copied. */
  readonly bytes?: Uint8Array;
}

/** A table, by the numbers of its fields in the schema. Getters throw an Error where the file points outside itself. */
export interface FlatTable {
  /** Its first byte in the file. */
  readonly byte: number;
  /** Bytes of its values, from its first byte on. */
  readonly length: number;
  /** Fields that it could have: of those from here on its writer knew nothing. */
  readonly fields: number;
  /** First byte of a field's value in the file; -1 where it is absent. */
  position(field: number): number;
  /** First byte of a list's entries in the file, and their number; each takes that many bytes. */
  list(field: number, entryBytes: number): {readonly first: number; readonly count: number};
  int8(field: number, absent: number): number;
  uint32(field: number, absent: number): number;
  /** A list of int32; empty where absent. */
  int32s(field: number): Int32Array;
  /** A list of bytes, not copied; undefined where absent. */
  bytes(field: number): Uint8Array | undefined;
  text(field: number): string | undefined;
  tables(field: number): FlatTable[];
  table(field: number): FlatTable | undefined;
}
