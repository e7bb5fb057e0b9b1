/** Seeded random numbers (splitmix64): the only source of randomness. The state lives in the record. */
import {alloc} from './arena';

@unmanaged
export class Random {
  state: u64;
}

export function newRandom(seed: u32): Random {
  const random = changetype<Random>(alloc(offsetof<Random>()));
  random.state = seed;
  return random;
}

function next(random: Random): u64 {
  random.state += 0x9e3779b97f4a7c15;
  let x = random.state;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/** 0 … n − 1, n above 0. */
export function randomBelow(random: Random, n: u32): u32 {
  return <u32>(((next(random) >> 32) * n) >> 32);
}
