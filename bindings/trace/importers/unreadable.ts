/** Formats that are known by their first bytes, and that nothing here reads yet. */
import type {Head} from './importer.ts';

interface Unreadable {
  readonly name: string;
  readonly advice?: string;
  test(head: Head): boolean;
}

const startsWith =
  (...first: readonly number[]) =>
  ({bytes}: Head): boolean =>
    first.every((byte, index) => bytes[index] === byte);

const UNREADABLE: readonly Unreadable[] = [
  {
    name: 'a plan, not a problem',
    advice: 'check it with `stowage verify PROBLEM PLAN`',
    test: ({text}) => /^\s*\{\s*"schema"\s*:\s*"stowage\.plan\//.test(text),
  },
  {name: 'a zip archive', advice: 'unpack it first', test: startsWith(0x50, 0x4b, 0x03, 0x04)},
  {name: 'xz data', advice: 'decompress it first', test: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)},
  {
    name: 'text in UTF-16',
    advice: 'save it as UTF-8',
    test: head => startsWith(0xff, 0xfe)(head) || startsWith(0xfe, 0xff)(head),
  },
  {
    name: 'a pickle of protocol 0 or 1',
    advice: 'write it with protocol 4',
    test: ({text}) => /^(\(dp\d*\r?\n|\(lp\d*\r?\n|\}q[\s\S]\(|\]q[\s\S]\()/.test(text),
  },
];

/** A message with the input's format and advice; undefined for other formats. */
export function recogniseUnreadable(head: Head): string | undefined {
  const found = UNREADABLE.find(format => format.test(head));
  return (
    found && `recognised but not readable: this is ${found.name}${found.advice ? `; ${found.advice}` : ''}`
  );
}
