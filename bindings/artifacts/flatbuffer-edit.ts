/**
 * Lengthens two lists of the root of a flatbuffer. All other bytes stay as they are, including fields of schemas that we
 * do not know.
 *
 * References in a flatbuffer are distances, and all point forward except those to the tables of fields. So the whole file
 * follows a new beginning: a root with the fields of the old one except for the two lists, and the two lists, which must
 * precede what they point to. New elements go to the end.
 *
 * ```
 * [root, TFL3][table of fields][new root: two lists][list][list] [the file as it was] [new elements]
 * ```
 */
import {LimitError} from '../model/errors.ts';
import type {FlatTable} from '../trace/containers/types.ts';

/** Alignment within the file that readers rely on, bytes: `force_align` of the edited formats is 16. */
const ALIGNMENT = 64;
/** A table's fields are within so many bytes of it. */
const FARTHEST_FIELD = 0xffff;

/** A list of the root that takes further entries. */
export interface LongerList {
  readonly field: number;
  /** The kept entries: positions of their tables in the file, bytes. */
  readonly kept: readonly number[];
  /** The table to be added. */
  readonly added: NewTable;
}

/** A table in words of 32 bits: fields by number; a field is a number or the bytes that it points to. */
export interface NewTable {
  readonly fields: readonly (number | {readonly bytes: Uint8Array; readonly isText?: boolean})[];
}

/** @throws {LimitError} where the lists are too long for a root before them. */
export function withLongerLists(
  file: Uint8Array,
  root: FlatTable,
  lists: readonly LongerList[],
): Uint8Array<ArrayBuffer> {
  const numFields = Math.max(root.fields, ...lists.map(({field}) => field + 1));
  const tableAt = roundUp(8 + 4 + 2 * numFields, 4);
  const listsAt = tableAt + 4 + 4 * lists.length;
  const shift = roundUp(listsAt + lists.reduce((sum, {kept}) => sum + 4 * (kept.length + 2), 0), ALIGNMENT);
  if (root.byte + root.length + shift - tableAt > FARTHEST_FIELD) throw tooLong(lists);
  const appended = lists.map(({added}) => encodeTable(added));
  const at = placesAfter(shift + file.length, appended);
  const bytes = new Uint8Array(at.at(-1)! + appended.at(-1)!.bytes.length);
  const view = new DataView(bytes.buffer);
  bytes.set(file, shift);
  bytes.set(file.subarray(4, 8), 4);
  view.setUint32(0, tableAt, true);
  writeRoot(view, root, {tableAt, shift, numFields, lists});
  let listAt = listsAt;
  for (const [k, {kept}] of lists.entries()) {
    view.setUint32(tableAt + 4 + 4 * k, listAt - (tableAt + 4 + 4 * k), true);
    view.setUint32(listAt, kept.length + 1, true);
    const entries = [...kept.map(entry => entry + shift), at[k]! + appended[k]!.table];
    for (const [i, entry] of entries.entries()) {
      const slot = listAt + 4 + 4 * i;
      view.setUint32(slot, entry - slot, true);
    }
    listAt += 4 * (entries.length + 1);
    bytes.set(appended[k]!.bytes, at[k]!);
  }
  return bytes;
}

function tooLong(lists: readonly LongerList[]): LimitError {
  const entries = lists.reduce((sum, {kept}) => sum + kept.length, 0);
  return new LimitError(
    `lists of ${entries} entries do not fit before the root of the file, whose fields must lie within 64 KiB`,
  );
}

interface RootPlaces {
  readonly tableAt: number;
  /** Bytes by which the file moves. */
  readonly shift: number;
  readonly numFields: number;
  readonly lists: readonly LongerList[];
}

/** The new root: the old fields at their old positions, and the lists. */
function writeRoot(view: DataView, root: FlatTable, {tableAt, shift, numFields, lists}: RootPlaces): void {
  view.setUint16(8, 4 + 2 * numFields, true);
  view.setUint16(10, root.byte + root.length + shift - tableAt, true);
  for (let field = 0; field < numFields; field++) {
    const position = field < root.fields ? root.position(field) : -1;
    if (position >= 0) view.setUint16(12 + 2 * field, position + shift - tableAt, true);
  }
  for (const [k, {field}] of lists.entries()) view.setUint16(12 + 2 * field, 4 + 4 * k, true);
  view.setInt32(tableAt, tableAt - 8, true);
}

interface Encoded {
  readonly bytes: Uint8Array;
  /** Position of the table in `bytes`. */
  readonly table: number;
}

/** A table with its table of fields before it and the bytes that it points to behind, each at a multiple of 16. */
function encodeTable({fields}: NewTable): Encoded {
  const table = roundUp(4 + 2 * fields.length, 4);
  let length = table + 4 + 4 * fields.length;
  const places = fields.map(field => {
    if (typeof field === 'number') return 0;
    const place = roundUp(length + 4, 16) - 4;
    length = place + 4 + field.bytes.length + (field.isText ? 1 : 0);
    return place;
  });
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + 2 * fields.length, true);
  view.setUint16(2, 4 + 4 * fields.length, true);
  view.setInt32(table, table, true);
  for (const [k, field] of fields.entries()) {
    const slot = table + 4 + 4 * k;
    view.setUint16(4 + 2 * k, slot - table, true);
    if (typeof field === 'number') view.setUint32(slot, field, true);
    else {
      view.setUint32(slot, places[k]! - slot, true);
      view.setUint32(places[k]!, field.bytes.length, true);
      bytes.set(field.bytes, places[k]! + 4);
    }
  }
  return {bytes, table};
}

/** The position of each part, the first behind `end`, all at multiples of 16. */
function placesAfter(end: number, parts: readonly Encoded[]): number[] {
  let next = end;
  return parts.map(({bytes}) => {
    const at = roundUp(next, 16);
    next = at + bytes.length;
    return at;
  });
}

function roundUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
