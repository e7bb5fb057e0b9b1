/**
 * Events that are no valid JSON. PyTorch has written names as they are, with quotes, backslashes and line breaks in them
 * (https://github.com/pytorch/pytorch/issues/146900), and Python writes NaN and Infinity.
 */
import type {ImportError} from '../../../model/errors.ts';
import type {KinetoEvent} from './fields.ts';

/** A name, up to the key after it: the keys of an event are known, so a quote before one of them ends the name. */
const NAME =
  /("name"\s{0,9}:\s{0,9})"([\s\S]*?)"(?=\s{0,99},\s{0,99}"(?:ph|cat|pid|tid|ts|dur|args|id|s|bp)"\s{0,9}:|\s{0,99}\}$)/;
const ARGUMENTS = /,\s{0,99}"args"\s{0,9}:/;

/** An event whose text `JSON.parse` refuses; undefined where its names cannot be told from what follows them. */
export function mend(text: string): KinetoEvent | undefined {
  const named = text.replace(NAME, (_, key: string, name: string) => key + JSON.stringify(name));
  // what is wrong in the arguments costs the arguments
  const end = named.search(ARGUMENTS);
  return parsed(named) ?? (end < 0 ? undefined : parsed(`${named.slice(0, end)}}`));
}

/** Python writes NaN and Infinity, which are not JSON, into the arguments of some operations. */
export function parseTolerantly(text: string): KinetoEvent {
  try {
    return JSON.parse(text) as KinetoEvent;
  } catch (error) {
    const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, part =>
      part.startsWith('"') ? part : 'null',
    );
    if (plain === text) throw error;
    return JSON.parse(plain) as KinetoEvent;
  }
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
