/**
 * The orders that local search begins with. Those of `order.ts` separate sizes that hardly differ; the classes here
 * put buffers of similar size together and let time decide among them. A reversed order is the order that results if
 * time ran backwards: late deaths first instead of early births first.
 */
import {mark, release} from '../memory/arena';
import {newU64, setU64, u32At, u64At} from '../memory/column';
import {Problem} from '../memory/layout';
import {BY_AREA, BY_BIRTH, BY_BREADTH, BY_CONFLICTS, BY_LONGEST, BY_SIZE, orderBy} from '../problem/order';
import {sortByKeyFalling} from '../problem/sort';

export const NUM_STARTS: u32 = 12;

/** Bits of a size's logarithm per class: equal sizes, powers of two, powers of four, or one class for all. */
const EQUAL: u64 = 0;
const BY_2: u64 = 1;
const BY_4: u64 = 2;
const ALL: u64 = 64;

/** All buffers (u32 ×n) in the order of the `index`-th start; allocated from the arena. */
export function startOrder(p: Problem, index: u32): usize {
  switch (index) {
    case 0:
      return orderBy(p, BY_SIZE);
    case 1:
      return orderBy(p, BY_BREADTH);
    case 2:
      return inClasses(p, BY_LONGEST, false, BY_4);
    case 3:
      return inClasses(p, BY_BIRTH, false, BY_2);
    case 4:
      return inClasses(p, BY_BIRTH, true, EQUAL);
    case 5:
      return inClasses(p, BY_BIRTH, true, BY_2);
    case 6:
      return inClasses(p, BY_LONGEST, false, BY_2);
    case 7:
      return orderBy(p, BY_AREA);
    case 8:
      return orderBy(p, BY_CONFLICTS);
    case 9:
      return orderBy(p, BY_BIRTH);
    case 10:
      return inClasses(p, BY_BIRTH, true, ALL);
  }
  return orderBy(p, BY_LONGEST);
}

/** Classes of size falling; within a class by `key`, or by death falling if time is reversed. */
function inClasses(p: Problem, key: u32, reversed: bool, base: u64): usize {
  const n = p.numBuffers;
  const order = orderBy(p, key);
  const scratch = mark();
  const keys = newU64(n);
  if (reversed) {
    for (let i: u32 = 0; i < n; i++) setU64(keys, i, u32At(p.start, i));
    sortByKeyFalling(order, n, keys);
    for (let i: u32 = 0; i < n; i++) setU64(keys, i, u32At(p.end, i));
    sortByKeyFalling(order, n, keys);
  }
  const least = 63 - clz(p.minSize); // so that sizes ×2^k make the same classes
  for (let i: u32 = 0; i < n; i++) {
    const size = u64At(p.size, i);
    setU64(keys, i, base == EQUAL ? size : (63 - clz(size) - least) / base);
  }
  sortByKeyFalling(order, n, keys);
  release(scratch);
  return order;
}
