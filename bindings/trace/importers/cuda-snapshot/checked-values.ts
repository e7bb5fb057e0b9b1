/** Values of a snapshot's fields, checked: a value of another kind is an error with its byte. */
import {ImportError} from '../../../model/errors.ts';
import {FLOAT, INTEGER, NONE_VALUE, TEXT, tagName, WIDE} from '../pickle/values.ts';

const FORMAT = 'cuda-snapshot';
/** Distinct integers beyond 2^53. */
const MOST_WIDE = 1 << 18;

export class CheckedValues {
  readonly #wide: bigint[] = [];
  readonly #wideIndex = new Map<bigint, number>();
  /** The byte that is being read, for messages. */
  byte: () => number = () => 0;

  /** The number of an integer beyond 2^53. */
  wide(value: bigint): number {
    const known = this.#wideIndex.get(value);
    if (known !== undefined) return known;
    if (this.#wide.length === MOST_WIDE) throw this.fail(`more than ${MOST_WIDE} integers beyond 2^53`);
    this.#wideIndex.set(value, this.#wide.length);
    return this.#wide.push(value) - 1;
  }

  /** The integer of that number. */
  wideOf(index: number): bigint {
    return this.#wide[index]!;
  }

  text(field: string, tag: number, value: number): number {
    if (tag === TEXT) return value;
    throw this.fail(`${field}: expected a text, got ${tagName(tag)}`);
  }

  word(field: string, tag: number, value: number): number | bigint {
    if (tag === INTEGER) return value;
    if (tag === WIDE) return this.#wide[value]!;
    if (tag === NONE_VALUE) return 0;
    throw this.fail(`${field}: expected an integer of 64 bits, got ${tagName(tag)}`);
  }

  bytes(field: string, tag: number, value: number): number {
    if (tag === INTEGER && value >= 0) return value;
    const got = tag === INTEGER ? value : tag === WIDE ? this.#wide[value] : tagName(tag);
    throw this.fail(`${field}: expected bytes from 0 to 2^53 - 1, got ${got}`);
  }

  time(tag: number, value: number): number {
    if (tag === INTEGER || (tag === FLOAT && Number.isFinite(value))) return value;
    throw this.fail(`time_us: expected microseconds, got ${tagName(tag)}`);
  }

  device(tag: number, value: number): number {
    if (tag === INTEGER && value >= 0 && value < 0xffff) return value;
    if (tag === INTEGER && value === -1) return 0;
    throw this.fail(`device: expected a small number, got ${tag === INTEGER ? value : tagName(tag)}`);
  }

  fail(what: string): ImportError {
    const byte = this.byte();
    return new ImportError(`damaged at byte ${byte}: ${what}`, {format: FORMAT, byte});
  }
}
