/**
 * Replays a script of allocations against any allocator, inside wasm. All allocators are called through the function
 * table by an index that only the host knows, so that none can be inlined into the loop.
 *
 *    step   {row with FREE in the highest bit and LAG in the next, key, size}: 12 bytes
 */

const FREE: u32 = 1 << 31;
/** Frees a block of the iteration before. */
const LAG: u32 = 1 << 30;

/**
 * Runs whole iterations. The first byte of every block is written, and read when it is freed.
 * @param self address of the allocator's state
 * @param blocks u32 ×2·numRows, zeros: the addresses of this iteration and of the one before
 * @returns a sum of the values read, so that nothing is optimised away
 */
export function replay(
  steps: usize,
  numSteps: u32,
  blocks: usize,
  numRows: u32,
  iterations: u32,
  self: usize,
  alloc: (self: usize, key: u32, size: u32) => usize,
  release: (self: usize, address: usize) => i32,
  border: (self: usize, isBegin: bool) => void,
): u32 {
  let sum: u32 = 0;
  const end = steps + <usize>numSteps * 12;
  for (let i: u32 = 0; i < iterations; i++) {
    const present = blocks + (i & 1 ? (<usize>numRows) << 2 : 0);
    const before = blocks + (i & 1 ? 0 : (<usize>numRows) << 2);
    border(self, true);
    for (let at = steps; at < end; at += 12) {
      const tag = load<u32>(at);
      const row = (<usize>(tag & ~(FREE | LAG))) << 2;
      if (tag & FREE) {
        const block = (tag & LAG ? before : present) + row;
        const address: usize = load<u32>(block);
        if (address == 0) continue; // the first iteration has none before it
        sum += load<u8>(address);
        release(self, address);
      } else {
        const address = alloc(self, load<u32>(at, 4), load<u32>(at, 8));
        store<u8>(address, <u8>row);
        store<u32>(present + row, <u32>address);
      }
    }
    border(self, false);
  }
  return sum;
}
