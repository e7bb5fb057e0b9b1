/** Where a value belongs among ascending ones. */
import {firstIndex} from '../model/binary-search.ts';

/** How many of the ascending values are at most `value`. */
export function countAtMost(values: ArrayLike<number>, value: number): number {
  return firstIndex(0, values.length, index => values[index]! > value);
}

/** How many of the ascending values are below `value`. */
export function countBelow(values: ArrayLike<number>, value: number): number {
  return firstIndex(0, values.length, index => values[index]! >= value);
}
