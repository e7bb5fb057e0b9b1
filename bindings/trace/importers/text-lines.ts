/** Splits a source into lines without making strings of them, or into the lines of a recording. */
import {ImportError} from '../../model/errors.ts';
import {cut} from '../../model/shown.ts';
import {ChunkBuffer} from '../columns/chunk-buffer.ts';
import type {ByteSource} from '../source/source.ts';
import type {ImportOptions} from './importer.ts';

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

export interface LineOptions {
  /** Leaves spaces and tabs at the end of a line, where they may be empty fields. */
  readonly keepsBlanks?: boolean;
  /** Takes the place at which compressed data is cut short for the end. */
  readonly toCut?: boolean;
}

const NEWLINE = 10;
/** Bytes of the longest line that is read. */
export const MOST_LINE_BYTES = 16 << 20;

/**
 * Calls `onLine` for every line, the last one also where no line break ends it; a byte order mark is skipped. Each byte
 * is looked at once and copied once at most.
 * @throws {ImportError} of a line longer than `MOST_LINE_BYTES`.
 */
export async function readLines(
  source: ByteSource,
  format: string,
  onLine: OnLine,
  {keepsBlanks = false, toCut = false}: LineOptions = {},
): Promise<void> {
  const endOf = keepsBlanks ? withoutReturn : withoutBlanks;
  /** The line that has begun, without the chunk at hand. */
  const begun = new ChunkBuffer();
  let line = 0;
  let isFirst = true;
  for await (const chunk of toCut ? source.chunksToCut() : source.chunks()) {
    let start = isFirst ? afterByteOrderMark(chunk) : 0;
    isFirst = false;
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline;
      if (begun.length + end - start > MOST_LINE_BYTES) throw tooLong(format, line + 1);
      if (newline < 0 || begun.length > 0) begun.append(chunk.subarray(start, end));
      if (newline < 0) break;
      const isWhole = begun.length === 0;
      const bytes = isWhole ? chunk : begunLine(begun);
      const [from, to] = isWhole ? [start, end] : [0, begun.length];
      if (!onLine(bytes, from, endOf(bytes, from, to), ++line, false)) return;
      begun.drop(begun.length);
      start = newline + 1;
    }
  }
  if (begun.length === 0) return;
  const bytes = begunLine(begun);
  onLine(bytes, 0, endOf(bytes, 0, bytes.length), ++line, true);
}

/** An array of its own for each line: who reads it may remember what it found in an array. */
function begunLine({bytes, length}: ChunkBuffer): Uint8Array {
  return bytes.subarray(0, length);
}

function tooLong(format: string, line: number): ImportError {
  return new ImportError(
    `line ${line} is longer than ${MOST_LINE_BYTES} bytes, the most that is read: the file is damaged, or in another format`,
    {format, line},
  );
}

/** The warning of a last line that is read although it may be cut. */
export function describeOpenLine(line: number): string {
  return `line ${line}, the last one, has no line break: it may be cut, and its last number too small`;
}

/** Shown of a line that is cut. */
const SHOWN_CHARACTERS = 40;

/**
 * Calls `onRecord` for every line that is not empty. The program that wrote a recording may have died within a line: a
 * last line without a line break that `onRecord` refuses is left out, unless `strict`. Any other that it refuses is damage.
 * @param isCuttable whether a last line without a line break may be the beginning of a longer one.
 * @returns warnings about the end.
 * @throws {ImportError} of a line that is damaged.
 */
export async function readRecords(
  source: ByteSource,
  format: string,
  {strict = false}: ImportOptions,
  onRecord: (text: string, line: number) => void,
  isCuttable: (text: string) => boolean = () => true,
): Promise<string[]> {
  const decoder = new TextDecoder();
  const warnings: string[] = [];
  let records = 0;
  let refused: {readonly error: ImportError; readonly text: string; readonly line: number} | undefined;
  const onLine: OnLine = (bytes, start, end, line, isOpen) => {
    if (start === end) return true;
    if (refused) throw refused.error;
    const text = decoder.decode(bytes.subarray(start, end));
    try {
      if (isOpen && source.cut && isCuttable(text)) throw source.cut;
      onRecord(text, line);
      records++;
      if (isOpen && isCuttable(text)) warnings.push(describeOpenLine(line));
    } catch (error) {
      const isCut = isOpen && isCuttable(text);
      if (strict || !isCut || records === 0 || !(error instanceof ImportError)) throw error;
      refused = {error, text, line};
    }
    return true;
  };
  await readLines(source, format, onLine, {toCut: !strict});
  if (refused) {
    source.endsEarly = true;
    warnings.push(
      `the recording is cut short: it ends within line ${refused.line} (${cut(refused.text, SHOWN_CHARACTERS)}), which is left out; blocks that are live there count as never freed`,
    );
  }
  return warnings;
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
