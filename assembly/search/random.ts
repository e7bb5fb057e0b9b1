/**
 * The only source of randomness: PCG32 (O'Neill 2014, XSH RR), in integers only. Its state is a record in the arena,
 * so a seed gives the same numbers on every machine and no two searches share a generator.
 */
import {alloc} from '../memory/arena';

const MULTIPLIER: u64 = 6364136223846793005;
const INCREMENT: u64 = 1442695040888963407;

@unmanaged
export class Random {
  state: u64;
}

export function newRandom(seed: u32): Random {
  const random = changetype<Random>(alloc(offsetof<Random>()));
  random.state = <u64>seed + INCREMENT;
  next(random);
  return random;
}

/** 32 bits. */
export function next(random: Random): u32 {
  const state = random.state;
  random.state = state * MULTIPLIER + INCREMENT;
  return rotr<u32>(<u32>(((state >> 18) ^ state) >> 27), <u32>(state >> 59));
}

/** An integer below `limit`, which is above 0; the bias, limit ÷ 2^32, does not matter to a search. */
export function below(random: Random, limit: u32): u32 {
  return <u32>((<u64>next(random) * limit) >> 32);
}
