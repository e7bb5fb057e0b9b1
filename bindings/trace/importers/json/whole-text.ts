/**
 * JSON that is parsed as a whole. A parsed value takes many times its text (`{},` takes 64 bytes), so its values are
 * counted before it is parsed: whatever the file, this takes about 600 MiB at most.
 */
import {ImportError, type ImportErrorPlace} from '../../../model/errors.ts';
import {cut} from '../../../model/shown.ts';
import type {ByteSource} from '../../source/source.ts';

/** Bytes of a text, and values in it: of a problem, four to ten a buffer. */
export const MOST_JSON_BYTES = 256 << 20;
export const MOST_JSON_VALUES = 1 << 23;

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const OPEN_BRACE = 123;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The object that the text is.
 * @param advice for a text that is too large.
 * @throws {ImportError} where it is no object, or larger than is read.
 */
export async function readJsonObject(
  source: ByteSource,
  format: string,
  advice: string,
): Promise<JsonObject> {
  const refuse = (message: string, place: ImportErrorPlace = {}) =>
    new ImportError(cut(message, 400), {...place, format});
  const decoder = new TextDecoder();
  const counter = new ValueCounter();
  let text = '';
  for await (const chunk of source.chunks()) {
    counter.add(chunk);
    const {bytes, values} = counter;
    if (bytes > MOST_JSON_BYTES)
      throw refuse(`more than ${MOST_JSON_BYTES} bytes, the most that is read as JSON: ${advice}`, {
        byte: bytes,
      });
    if (values > MOST_JSON_VALUES)
      throw refuse(`more than ${MOST_JSON_VALUES} values, the most that are read as JSON: ${advice}`, {
        byte: bytes,
      });
    text += decoder.decode(chunk, {stream: true});
  }
  const value = parsed(text + decoder.decode(), refuse);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw refuse(`not a JSON object: ${cut(text, 40)}`);
}

function parsed(text: string, refuse: (message: string) => ImportError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(`not a JSON object: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Counts what makes a value: commas, and brackets that open, outside of strings. */
class ValueCounter {
  bytes = 0;
  values = 0;
  #inString = false;
  #isEscaped = false;

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === QUOTE) this.#inString = !this.#inString;
      else if (this.#inString) this.#isEscaped = byte === BACKSLASH;
      else if (byte === COMMA || byte === OPEN_BRACKET || byte === OPEN_BRACE) this.values++;
    }
  }
}
