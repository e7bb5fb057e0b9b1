/** Tags of the values of a pickle: the meaning of the number beside the tag. */

/** No value: an entry of the memo that was never set. */
export const UNSET = 0;
export const NONE_VALUE = 1;
/** 0 or 1. */
export const BOOLEAN = 2;
/** The integer itself, at most 2^53 − 1 either way. */
export const INTEGER = 3;
/** The number of an integer beyond that which fits 64 bits. */
export const WIDE = 4;
/** The number itself. */
export const FLOAT = 5;
/** The number of a text. */
export const TEXT = 6;
/** The number of a tuple of two integers. */
export const PAIR = 7;
/** The number of a list. */
export const LIST = 8;
/** The number of a dictionary. */
export const DICT = 9;
/** A value that was skipped: bytes, another tuple, a text or an integer that is too long. */
export const OPAQUE = 10;

const NAMES: readonly string[] = [
  'nothing',
  'None',
  'a boolean',
  'an integer',
  'an integer beyond 2^53',
  'a float',
  'a text',
  'a tuple',
  'a list',
  'a dictionary',
  'bytes, a tuple or a long text',
];

/** The name of a tag in messages. */
export const tagName = (tag: number): string => NAMES[tag] ?? 'nothing';
