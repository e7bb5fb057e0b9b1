/**
 * Strict JSON as bytes. Each function takes the index of a value's first byte and returns the index after the value, or
 * −1 where it is not JSON. A byte that JSON does not allow must follow the bytes: no function looks for their end.
 */

export const QUOTE = 34;
export const COMMA = 44;
export const COLON = 58;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const BACKSLASH = 92;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const SPACE = 32;
/** Deeper values are left to JSON.parse. */
const MOST_DEPTH = 32;

const encoder = new TextEncoder();
const LITERALS = ['true', 'false', 'null'].map(text => encoder.encode(text));
/** `"\/bfnrt`. */
const ESCAPES = new Uint8Array(128);
for (const byte of encoder.encode('"\\/bfnrt')) ESCAPES[byte] = 1;

export function isNumberStart(byte: number): boolean {
  return byte === MINUS || isDigit(byte);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

export function afterBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at]!;
    if (byte > SPACE || (byte !== SPACE && byte !== 10 && byte !== 13 && byte !== 9)) return at;
    at++;
  }
}

/** After a string without escapes; `from` is after its first quote. */
export function afterPlainString(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte < SPACE || byte === BACKSLASH) return -1;
  }
}

function afterString(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte < SPACE) return -1;
    if (byte === BACKSLASH) {
      at = afterEscape(bytes, at + 1);
      if (at < 0) return -1;
    } else at++;
  }
}

function afterEscape(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  if (byte !== 117) return byte < 128 && ESCAPES[byte] === 1 ? at + 1 : -1;
  for (let i = 1; i <= 4; i++) {
    const digit = bytes[at + i]!;
    if (!isDigit(digit) && !((digit | 32) >= 97 && (digit | 32) <= 102)) return -1;
  }
  return at + 5;
}

export function afterNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  at = bytes[at] === ZERO ? at + 1 : afterDigits(bytes, at);
  if (at >= 0 && bytes[at] === POINT) at = afterDigits(bytes, at + 1);
  if (at >= 0 && (bytes[at]! | 32) === 101) {
    const sign = bytes[at + 1]!;
    at = afterDigits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

/** After one digit or more. */
function afterDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at]!)) at++;
  return at > from ? at : -1;
}

/** After `true`, `false` or `null`. */
export function afterLiteral(bytes: Uint8Array, from: number): number {
  for (const literal of LITERALS) {
    let same = 0;
    while (same < literal.length && bytes[from + same] === literal[same]) same++;
    if (same === literal.length) return from + same;
  }
  return -1;
}

export function afterValue(bytes: Uint8Array, at: number, depth: number): number {
  const byte = bytes[at]!;
  if (byte === QUOTE) return afterString(bytes, at + 1);
  if (isNumberStart(byte)) return afterNumber(bytes, at);
  if (byte === OPEN_BRACKET) return depth < MOST_DEPTH ? afterArray(bytes, at, depth + 1) : -1;
  if (byte === OPEN_BRACE) return depth < MOST_DEPTH ? afterObject(bytes, at, depth + 1) : -1;
  return afterLiteral(bytes, at);
}

function afterArray(bytes: Uint8Array, start: number, depth: number): number {
  let at = afterBlanks(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    at = afterValue(bytes, at, depth);
    if (at < 0) return -1;
    at = afterBlanks(bytes, at);
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = afterBlanks(bytes, at + 1);
  }
}

function afterObject(bytes: Uint8Array, start: number, depth: number): number {
  let at = afterBlanks(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) return -1;
    at = afterString(bytes, at + 1);
    if (at < 0) return -1;
    at = afterBlanks(bytes, at);
    if (bytes[at] !== COLON) return -1;
    at = afterValue(bytes, afterBlanks(bytes, at + 1), depth);
    if (at < 0) return -1;
    at = afterBlanks(bytes, at);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = afterBlanks(bytes, at + 1);
  }
}

/** Powers of ten that are exact. */
const POWERS = Array.from({length: 23}, (_, power) => 10 ** power);
const decoder = new TextDecoder();

/** The number that JSON writes so: of few digits as their quotient, which is rounded once and so is what JSON.parse returns. */
export function numberOf(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  let digits = 0;
  let point = to - 1;
  for (let at = isNegative ? from + 1 : from; at < to; at++) {
    const byte = bytes[at]!;
    if (isDigit(byte)) digits = digits * 10 + (byte - ZERO);
    else if (byte === POINT) point = at;
    else return Number(decoder.decode(bytes.subarray(from, to)));
  }
  const decimals = to - 1 - point;
  if (digits > Number.MAX_SAFE_INTEGER || decimals >= POWERS.length)
    return Number(decoder.decode(bytes.subarray(from, to)));
  const value = decimals === 0 ? digits : digits / POWERS[decimals]!;
  return isNegative ? -value : value;
}
