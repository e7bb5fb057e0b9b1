import {alloc} from '../../assembly/memory/arena';
import {setU32, setU64, u32At, u64At} from '../../assembly/memory/column';
import {sortByKey, sortByKeyFalling} from '../../assembly/problem/sort';
import './problems';

const COUNT: u32 = 1000;

function filled(keys: usize, order: usize, mask: u64): void {
  let state: u64 = 0x9e3779b97f4a7c15;
  for (let i: u32 = 0; i < COUNT; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    setU64(keys, i, state & mask);
    setU32(order, i, i);
  }
}

describe('sort', () => {
  it('sorts keys of 64 bits, and keeps the order of equal ones', () => {
    const keys = alloc(COUNT << 3);
    const order = alloc(COUNT << 2);
    for (let shift: u64 = 0; shift < 64; shift += 6) {
      filled(keys, order, u64.MAX_VALUE >> shift);
      sortByKey(order, COUNT, keys);
      for (let i: u32 = 1; i < COUNT; i++) {
        const a = u32At(order, i - 1);
        const b = u32At(order, i);
        const rises = u64At(keys, a) < u64At(keys, b) || (u64At(keys, a) == u64At(keys, b) && a < b);
        assert(rises, 'keys rise, and indices among equal keys');
      }
    }
  });

  it('sorts falling, equal keys still in their order', () => {
    const keys = alloc(4 << 3);
    const order = alloc(4 << 2);
    const given: StaticArray<u64> = [5, u64.MAX_VALUE, 5, 0];
    for (let i: u32 = 0; i < 4; i++) {
      setU64(keys, i, given[i]);
      setU32(order, i, i);
    }
    sortByKeyFalling(order, 4, keys);
    expect(u32At(order, 0)).toBe(1);
    expect(u32At(order, 1)).toBe(0);
    expect(u32At(order, 2)).toBe(2);
    expect(u32At(order, 3)).toBe(3);
  });
});
