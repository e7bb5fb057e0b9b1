/** Values of dictionaries and lists that are no records (settings, the whole): kept one by one, up to a limit. */
import type {PickleTexts} from '../pickle/texts.ts';
import {BOOLEAN, DICT, FLOAT, INTEGER, TEXT, WIDE} from '../pickle/values.ts';
import type {CheckedValues} from './checked-values.ts';

/** A value that was kept. */
export interface Kept {
  readonly tag: number;
  readonly value: number;
}

/** Values of dictionaries and lists together. */
const MOST_KEPT = 1 << 18;
/** Dictionaries within dictionaries, of settings. */
const MOST_DEPTH = 4;

export class KeptValues {
  /** By dictionary, by key. */
  readonly #entries = new Map<number, Map<number, Kept>>();
  readonly #items = new Map<number, Kept[]>();
  readonly #values: CheckedValues;
  readonly #texts: PickleTexts;
  #count = 0;

  constructor(values: CheckedValues, texts: PickleTexts) {
    this.#values = values;
    this.#texts = texts;
  }

  openDict(dict: number): void {
    this.#entries.set(dict, new Map());
  }

  openList(list: number): void {
    this.#items.set(list, []);
  }

  set(dict: number, key: number, kept: Kept): void {
    this.#countOne();
    this.#entries.get(dict)!.set(key, kept);
  }

  push(list: number, kept: Kept): void {
    this.#countOne();
    this.#items.get(list)!.push(kept);
  }

  /** Removes a dictionary and returns its entries. */
  takeDict(dict: number): ReadonlyMap<number, Kept> {
    const entries = this.entries(dict);
    this.#entries.delete(dict);
    return entries;
  }

  /** The keys and values of a dictionary. */
  entries(dict: number): ReadonlyMap<number, Kept> {
    return this.#entries.get(dict) ?? new Map();
  }

  items(list: number): readonly Kept[] | undefined {
    return this.#items.get(list);
  }

  /** Settings as they would be in JSON; other values become null. */
  plain(kept: Kept | undefined, depth = 0): unknown {
    if (!kept || depth > MOST_DEPTH) return null;
    const {tag, value} = kept;
    if (tag === INTEGER || tag === FLOAT) return value;
    if (tag === BOOLEAN) return value === 1;
    if (tag === TEXT) return this.#texts.text(value);
    if (tag === WIDE) return String(this.#values.wideOf(value));
    if (tag !== DICT) return null;
    const entries = [...this.entries(value)].map(
      ([key, item]) => [this.#texts.text(key), this.plain(item, depth + 1)] as const,
    );
    return Object.fromEntries(entries);
  }

  #countOne(): void {
    if (++this.#count > MOST_KEPT)
      throw this.#values.fail(`more than ${MOST_KEPT} values that are neither events nor frames nor blocks`);
  }
}
