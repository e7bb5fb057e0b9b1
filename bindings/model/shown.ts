/**
 * Texts and values of an input as messages show them: short, whatever they are. A value may be an array of 100,000
 * levels, which `JSON.stringify` and `String` follow until the stack ends.
 */

/** Characters of an input's text, or of its value, that a message shows. */
const MOST_SHOWN = 80;
/** Characters of a whole message. */
const MOST_MESSAGE = 1000;
/** Levels of a value that are followed, and values of each. */
const MOST_LEVELS = 3;
const MOST_VALUES = 8;

/** The text, or its beginning and `…`. */
export function cut(text: string, most = MOST_SHOWN): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 2);
  // not within a pair that is one character
  const isHalf = last >= 0xd800 && last < 0xdc00;
  return `${text.slice(0, isHalf ? most - 2 : most - 1)}…`;
}

/** A message that repeats more of an input than anybody reads, cut. */
export function cutMessage(message: string): string {
  return cut(message, MOST_MESSAGE);
}

/** A value as JSON spells it, cut; other values as JavaScript names them. */
export function show(value: unknown): string {
  return cut(shown(value, 0));
}

function shown(value: unknown, level: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    if (level === MOST_LEVELS && value.length > 0) return '[…]';
    return `[${listed(
      value.slice(0, MOST_VALUES).map(one => shown(one, level + 1)),
      value.length,
    )}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return Object.prototype.toString.call(value);
  const names = Object.keys(value);
  if (level === MOST_LEVELS && names.length > 0) return '{…}';
  const fields = names
    .slice(0, MOST_VALUES)
    .map(
      name => `${JSON.stringify(cut(name))}:${shown((value as Record<string, unknown>)[name], level + 1)}`,
    );
  return `{${listed(fields, names.length)}}`;
}

function listed(texts: readonly string[], count: number): string {
  return count > texts.length ? `${texts.join(',')},…` : texts.join(',');
}

/** Names in a row, the first ones of many, each cut. */
export function listNames(names: readonly unknown[], most = 20): string {
  const texts = names.slice(0, most).map(name => (typeof name === 'string' ? cut(name) : show(name)));
  return names.length > most ? `${texts.join(', ')}, … (${names.length} in all)` : texts.join(', ');
}
