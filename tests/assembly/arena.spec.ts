import {alloc, allocZeroed, mark, release} from '../../assembly/memory/arena';
import './problems';

describe('arena', () => {
  it('hands out 16-byte aligned memory, one block behind the other', () => {
    const first = alloc(1);
    const second = alloc(33);
    expect(first & 15).toBe(0);
    expect(second - first).toBe(16);
    expect(alloc(0) - second).toBe(48);
  });

  it('frees everything above a mark', () => {
    const from = mark();
    alloc(1000);
    release(from);
    expect(mark()).toBe(from);
  });

  it('zeroes what was used before, when asked to', () => {
    const from = mark();
    const dirty = alloc(64);
    memory.fill(dirty, 0xff, 64);
    release(from);
    const clean = allocZeroed(64);
    expect(clean).toBe(dirty);
    for (let i: usize = 0; i < 64; i += 8) expect(load<u64>(clean + i)).toBe(0);
  });
});
