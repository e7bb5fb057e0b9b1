/** Guesses which free belongs to which allocation in the recordings of 2021, which have no addresses. */
import {ImportError} from '../../../model/errors.ts';

/**
 * Made-up addresses, one per allocation: a free takes that of the latest allocation of its size on its device that is
 * not freed yet. The live bytes are always exact; which of several equally large blocks was freed is a guess.
 * @param bytes negative for a free.
 * @throws {ImportError} where fewer than half of the frees find an allocation: then nothing would be exact.
 */
export function pairBySize(order: Uint32Array, bytes: Float64Array, device: Uint32Array): bigint[] {
  const addresses: bigint[] = [];
  const live = new Map<string, bigint[]>();
  let next = 1n;
  let frees = 0;
  let unmatched = 0;
  for (const row of order) {
    const size = bytes[row]!;
    const key = `${device[row]} ${Math.abs(size)}`;
    const open = live.get(key) ?? [];
    live.set(key, open);
    let address = size < 0 ? open.pop() : undefined;
    if (size < 0) frees++;
    if (size < 0 && address === undefined) unmatched++;
    address ??= next++;
    if (size > 0) open.push(address);
    addresses[row] = address;
  }
  if (unmatched * 2 > frees) {
    const message = `the memory events have no addresses, and ${unmatched} of ${frees} frees have the size of no allocation before them`;
    throw new ImportError(message, {format: 'kineto'});
  }
  return addresses;
}
