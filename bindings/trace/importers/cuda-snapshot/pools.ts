/**
 * Private pools of entries that do not name them (recorders before March 2026): an address that is in a segment at the end
 * has the pool of that segment.
 */
import {firstIndex} from '../../../model/binary-search.ts';
import type {CudaEntries, CudaSegment} from '../../cuda.ts';

/**
 * Fills `entries.pool`, if no entry names a private pool and a segment at the end has one.
 * @param addresses the words of the entries' and segments' addresses.
 * @returns whether it did.
 */
export function inferPools(
  {count, device, address, pool}: CudaEntries,
  segments: readonly CudaSegment[],
  addresses: BigUint64Array,
): boolean {
  if (pool.some(number => number !== 0) || segments.every(segment => segment.pool === 0)) return false;
  const byAddress = [...segments].sort((a, b) => compare(addresses[a.address]!, addresses[b.address]!));
  const starts = byAddress.map(segment => addresses[segment.address]!);
  for (let entry = 0; entry < count; entry++) {
    const word = addresses[address[entry]!];
    if (word === undefined) continue;
    // devices may have equal addresses: look back over the segments that begin before it
    for (let k = firstIndex(0, starts.length, one => starts[one]! > word) - 1; k >= 0; k--) {
      const segment = byAddress[k]!;
      if (segment.device !== device[entry]) continue;
      if (word < starts[k]! + BigInt(segment.bytes)) pool[entry] = segment.pool;
      break;
    }
  }
  return true;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
