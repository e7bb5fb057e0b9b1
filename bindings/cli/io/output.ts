/** All lines of the program. Control characters in names of a recording never reach the terminal. */
import {STDERR, STDOUT, writeStandard} from './streams.ts';

/** Characters that a terminal obeys: control characters, line separators, marks that change the text direction. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const ESCAPES: Readonly<Record<string, string>> = {'\n': '\\n', '\r': '\\r', '\t': '\\t'};

/** The text with such characters shown as `\n`, `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(OBEYED, character => ESCAPES[character] ?? escaped(character));
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!.toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}

/** One line to stdout. */
export function print(line: string): void {
  writeStandard(STDOUT, `${printable(line)}\n`);
}

/** One line to stderr, where stdout is for the file that is written. */
export function note(line: string): void {
  writeStandard(STDERR, `${printable(line)}\n`);
}

/** One line of JSON to stdout. */
export function printJson(value: object): void {
  print(jsonLine(value));
}

/** JSON escapes the control characters of ASCII except DEL; this escapes DEL and the others that a terminal obeys. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(
    OBEYED,
    character => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** One line to stderr, after `stowage: `; `detail` in lines of its own. */
export function warn(line: string, detail: readonly string[] = []): void {
  for (const text of [`stowage: ${line}`, ...detail]) note(text);
}
