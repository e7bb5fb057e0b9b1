/** Lists of indices, one for each of many owners, in two columns. */

/** List i is `list[index[i]] … list[index[i + 1] − 1]`; `index` has an entry more than there are lists. */
export interface Lists {
  readonly index: Uint32Array;
  readonly list: Uint32Array;
}

/** `lists` as columns. */
export function listsOf(lists: readonly (readonly number[])[]): Lists {
  const index = new Uint32Array(lists.length + 1);
  lists.forEach((list, i) => {
    index[i + 1] = index[i]! + list.length;
  });
  const all = new Uint32Array(index[lists.length]!);
  lists.forEach((list, i) => {
    all.set(list, index[i]!);
  });
  return {index, list: all};
}

/** The same pairs from the other side: list j of the result has every i whose list has j, ascending. */
export function transposed({index, list}: Lists, count: number): Lists {
  const starts = new Uint32Array(count + 1);
  for (const j of list) starts[j + 1]!++;
  for (let j = 0; j < count; j++) starts[j + 1]! += starts[j]!;
  const next = starts.slice(0, count);
  const all = new Uint32Array(list.length);
  for (let i = 0; i + 1 < index.length; i++) {
    for (let k = index[i]!; k < index[i + 1]!; k++) all[next[list[k]!]!++] = i;
  }
  return {index: starts, list: all};
}

/** List i, as a view. */
export function listOf({index, list}: Lists, i: number): Uint32Array {
  return list.subarray(index[i]!, index[i + 1]!);
}

/** Entries of list i. */
export function degree({index}: Lists, i: number): number {
  return index[i + 1]! - index[i]!;
}
