/** Seeded buffers whose sizes change, for tests and benchmarks. */
import type {BufferInfo, SizeFrom} from '../../bindings/index.ts';
import {seeded} from '../random.ts';

/** Lifetimes of up to 60 ticks, three quarters of the buffers with up to three further sizes. */
export function varying(count: number): BufferInfo[] {
  const random = seeded(count);
  return Array.from({length: count}, () => {
    const start = random(count);
    const [end, size] = [start + 2 + random(60), 64 * (1 + random(200))];
    const sizes: SizeFrom[] = [];
    for (let tick = start + random(2); tick < end && sizes.length < 3; tick += 1 + random(20))
      sizes.push([tick, 64 + 64 * Math.floor(random(size) / 64)]);
    return random(4) === 0 ? {size, start, end} : {size, start, end, sizes};
  });
}
