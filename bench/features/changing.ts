/** Seeded problems whose sizes change, for the benchmarks of sizes and of plans that stay. */
import type {BufferInfo, SizeFrom} from '../../bindings/index.ts';
import {seeded} from '../../tests/random.ts';

/** Requests that begin one after another, each with a cache that grows with every token and a prompt that is read at first. */
export function caches(count: number): BufferInfo[] {
  const random = seeded(count);
  return Array.from({length: count}, (_, request) => {
    const [start, tokens] = [4 * request, 16 + random(48)];
    const prompt = 4096 * (1 + random(8));
    const sizes = Array.from(
      {length: tokens},
      (_, token): SizeFrom => [start + token, prompt + 1024 * token],
    );
    const size = prompt + 1024 * (tokens - 1);
    return [
      {size, start, end: start + tokens, sizes},
      {size: 8 * prompt, start, end: start + 2},
    ];
  }).flat();
}

/** Runs at least five times, once where it takes longer than five seconds. */
export async function timed<T>(
  run: () => T | Promise<T>,
): Promise<{readonly result: T; readonly seconds: {readonly min: number; readonly median: number}}> {
  const all: number[] = [];
  const once = async () => {
    const began = performance.now();
    const result = await run();
    all.push((performance.now() - began) / 1000);
    return result;
  };
  const result = await once();
  if (all[0]! <= 5) {
    all.pop();
    for (let k = 0; k < 5; k++) await once();
  }
  all.sort((a, b) => a - b);
  return {result, seconds: {min: all[0]!, median: all[Math.floor(all.length / 2)]!}};
}
