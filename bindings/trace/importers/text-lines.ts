/** Splits a source into lines without making strings of them. */
import type {ByteSource} from '../source/source.ts';

/**
 * Receives one line: `bytes[start … end − 1]`, without its line break and trailing blanks, valid during the call only.
 * @param line from 1.
 * @returns false to stop.
 */
export type OnLine = (bytes: Uint8Array, start: number, end: number, line: number) => boolean;

const NEWLINE = 10;

/** Calls `onLine` for every line, the last one also where no line break ends it; a byte order mark is skipped. */
export async function readLines(source: ByteSource, onLine: OnLine): Promise<void> {
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
      if (!onLine(bytes, start, withoutBlanks(bytes, start, end), ++line)) return;
      start = end + 1;
    }
    rest = bytes.slice(start);
  }
  if (rest.length > 0) onLine(rest, 0, withoutBlanks(rest, 0, rest.length), ++line);
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
