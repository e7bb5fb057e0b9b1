/**
 * Events that are no valid JSON. PyTorch has written names as they are, with quotes, backslashes and line breaks in them
 * (https://github.com/pytorch/pytorch/issues/146900), and Python writes NaN and Infinity.
 */
import type {ImportError} from '../../../model/errors.ts';
import type {KinetoEvent} from './fields.ts';

const NAME = /"name"\s{0,9}:\s{0,9}"/;
/** The end of a name: the keys of an event are known, so a quote before one of them is it. */
const NAME_END = /"(?=\s{0,99},\s{0,99}"(?:ph|cat|pid|tid|ts|dur|args|id|s|bp)"\s{0,9}:|\s{0,99}\}$)/g;
const ARGUMENTS = /,\s{0,99}"args"\s{0,9}:/;

/** An event whose text `JSON.parse` refuses; undefined where its names cannot be told from what follows them. */
export function mend(text: string): KinetoEvent | undefined {
  const named = withWholeName(text);
  // what is wrong in the arguments costs the arguments
  const end = named.search(ARGUMENTS);
  return parsed(named) ?? (end < 0 ? undefined : parsed(`${named.slice(0, end)}}`));
}

/** Python writes NaN and Infinity, which are not JSON, into the arguments of some operations. */
export function parseTolerantly(text: string): KinetoEvent {
  try {
    return JSON.parse(text) as KinetoEvent;
  } catch (error) {
    const plain = withoutNonNumbers(text);
    if (plain === text) throw error;
    return JSON.parse(plain) as KinetoEvent;
  }
}

/** The text with its first name as JSON spells it. */
function withWholeName(text: string): string {
  const key = NAME.exec(text);
  if (!key) return text;
  const from = key.index + key[0].length;
  NAME_END.lastIndex = from;
  const end = NAME_END.exec(text)?.index;
  if (end === undefined) return text;
  return text.slice(0, from - 1) + JSON.stringify(text.slice(from, end)) + text.slice(end + 1);
}

const NON_NUMBER = /-?\b(?:NaN|Infinity)\b|"/g;

/** The text with `null` in place of NaN and Infinity outside of strings. */
function withoutNonNumbers(text: string): string {
  let plain = '';
  let from = 0;
  NON_NUMBER.lastIndex = 0;
  for (let found = NON_NUMBER.exec(text); found; found = NON_NUMBER.exec(text)) {
    if (found[0] === '"') {
      NON_NUMBER.lastIndex = afterString(text, found.index + 1);
      continue;
    }
    plain += `${text.slice(from, found.index)}null`;
    from = NON_NUMBER.lastIndex;
  }
  return plain + text.slice(from);
}

/** The index after the quote that ends a string, or the end of the text. */
function afterString(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function parsed(text: string): KinetoEvent | undefined {
  try {
    const event = parseTolerantly(text);
    return typeof event === 'object' && event !== null ? event : undefined;
  } catch {
    return undefined;
  }
}

/** Events that were no valid JSON, counted. */
export class DamagedEvents {
  #mended = 0;
  #leftOut = 0;
  #first: ImportError | undefined;

  mended(error: ImportError): void {
    this.#mended++;
    this.#first ??= error;
  }

  leftOut(error: ImportError): void {
    this.#leftOut++;
    this.#first ??= error;
  }

  warnings(): string[] {
    const {byte} = this.#first ?? {};
    const at = byte === undefined ? '' : `, the first at byte ${byte}`;
    return [
      ...(this.#mended > 0
        ? [`${this.#mended} × an event whose name is not valid JSON: read as it is written${at}`]
        : []),
      ...(this.#leftOut > 0 ? [`${this.#leftOut} × an event that is not valid JSON: left out${at}`] : []),
    ];
  }
}
