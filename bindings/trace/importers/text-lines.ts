/** Splits a source into lines without making strings of them. */
import type {ByteSource} from '../source/source.ts';

/**
 * Receives one line: `bytes[start … end − 1]`, without its line break and trailing blanks, valid during the call only.
 * @param line from 1.
 * @param isOpen whether the input ends within this line: no line break follows.
 * @returns false to stop.
 */
export type OnLine = (
  bytes: Uint8Array,
  start: number,
  end: number,
  line: number,
  isOpen: boolean,
) => boolean;

const NEWLINE = 10;

/**
 * Calls `onLine` for every line, the last one also where no line break ends it; a byte order mark is skipped.
 * @param keepsBlanks leaves spaces and tabs at the end of a line, where they may be empty fields.
 */
export async function readLines(source: ByteSource, onLine: OnLine, keepsBlanks = false): Promise<void> {
  const endOf = keepsBlanks ? withoutReturn : withoutBlanks;
  let rest = new Uint8Array(0);
  let line = 0;
  let isFirst = true;
  for await (const chunk of source.chunks()) {
    let bytes = chunk;
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
    }
    let start = isFirst ? afterByteOrderMark(bytes) : 0;
    isFirst = false;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      if (!onLine(bytes, start, endOf(bytes, start, end), ++line, false)) return;
      start = end + 1;
    }
    rest = bytes.slice(start);
  }
  if (rest.length > 0) onLine(rest, 0, endOf(rest, 0, rest.length), ++line, true);
}

function afterByteOrderMark(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** The end of the line without spaces, tabs and carriage returns before it. */
function withoutBlanks(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && (bytes[last - 1] === 32 || bytes[last - 1] === 9 || bytes[last - 1] === 13)) last--;
  return last;
}

function withoutReturn(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === 13 ? end - 1 : end;
}
