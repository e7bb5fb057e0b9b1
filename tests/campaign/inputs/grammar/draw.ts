/** What the writers draw: numbers, names and fields, right in most places, wrong in some. */
import type {Random} from '../../../random.ts';

/** What is put in place of a number, a name, or anything. */
export const NUMBERS = [
  '0',
  '1',
  '-1',
  '7',
  '4096',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551615',
  '18446744073709551616',
  '1e308',
  '1e309',
  '1.5',
  '-0',
  '0x10',
  '0xffffffffffffffff',
  'NaN',
  '99999999999999999999999999',
];
export const NAMES = [
  '',
  'a',
  '__proto__',
  'constructor',
  'toString',
  '\u202e',
  'x'.repeat(300),
  'a,b',
  'a"b',
  '=1+1',
  ' ',
  '\\',
  '𝒳',
  'Optimizer.step#SGD',
  'ProfilerStep#1',
  'ProfilerStep#9007199254740993',
  'nn.Module: a',
  '[memory]',
];
const VALUES = [
  'null',
  'true',
  '[]',
  '{}',
  '[[]]',
  '{"toString":1}',
  '[1,2]',
  '"0x10"',
  '""',
  '-0.0',
  '1e-9',
];

export type Write = (random: Random) => string | Uint8Array;

export const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;
export const some = <T>(random: Random, most: number, make: (i: number) => T): T[] =>
  Array.from({length: random(most + 1)}, (_, i) => make(i));
export const isWrong = (random: Random) => random(24) === 0;

/** An integer, mostly small. */
export const number = (random: Random, most = 100): string =>
  isWrong(random) ? one(random, NUMBERS) : String(random(most + 1));
export const name = (random: Random): string => (isWrong(random) ? one(random, NAMES) : `n${random(12)}`);
export const hex = (random: Random): string =>
  isWrong(random) ? one(random, NUMBERS) : `0x${(16 * (1 + random(20))).toString(16)}`;

/** A line out of order, twice or left out, a line break of another kind, an end without one. */
export function lines(random: Random, list: readonly string[]): string {
  const kept = list.flatMap(line =>
    isWrong(random) ? one(random, [[], [line, line], [line.slice(0, random(line.length + 1))]]) : [line],
  );
  const newline = random(12) === 0 ? '\r\n' : '\n';
  return kept.join(newline) + (random(6) === 0 ? '' : newline);
}

/** A field of a JSON object: mostly there, mostly right. */
export const field = (random: Random, key: string, value: () => string): string[] => {
  const pair = `${JSON.stringify(key)}:${isWrong(random) ? one(random, VALUES) : value()}`;
  return isWrong(random) ? one(random, [[], [pair, pair]]) : [pair];
};
export const object = (...fields: readonly string[][]): string => `{${fields.flat().join(',')}}`;
export const text = (random: Random): string => JSON.stringify(name(random));

export const list = (random: Random, most: number, make: () => string): string =>
  `[${some(random, most, make).join(',')}]`;
export const ref = (random: Random): string => (random(3) ? number(random, 5) : text(random));
