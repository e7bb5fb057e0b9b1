/** Which earlier buffers of an order each buffer must be compared with: conflicting ones, without those implied by others. */
import type {Sections} from './sections.ts';
import {Skyline} from './skyline.ts';

/** Lists by place in the order, of places in the order, ascending. */
export interface Below {
  /** Entries `index[k] … index[k + 1] − 1` of `places`; one more entry than there are places. */
  readonly index: Uint32Array;
  readonly places: Uint32Array;
}

/** Places up to which lists are reduced fully: each has a row of bits, 12.5 MB in all. */
const MOST_REDUCED = 10_000;

/**
 * The buffers that each one rests on in the skyline of an order. Of up to 10,000 buffers, those are left out that are below another one
 * of the list.
 */
export function belowOf(sections: Sections, order: ArrayLike<number>): Below {
  const skyline = new Skyline(sections);
  const placeOf = new Map<number, number>();
  const reduce = order.length <= MOST_REDUCED ? reducer(order.length) : (places: number[]) => places;
  const index = new Uint32Array(order.length + 1);
  const lists: number[][] = [];
  for (let k = 0; k < order.length; k++) {
    skyline.place(order[k]!);
    const contacts = Array.from(skyline.contacts.subarray(0, skyline.numContacts), i => placeOf.get(i)!);
    const kept = reduce(contacts, k);
    lists.push(kept.sort((a, b) => a - b));
    index[k + 1] = index[k]! + kept.length;
    placeOf.set(order[k]!, k);
  }
  return {index, places: Uint32Array.from(lists.flat())};
}

/** Keeps of each list the places that none other of it is above; has the places below each as bits. */
function reducer(count: number): (places: number[], k: number) => number[] {
  const words = (count + 31) >>> 5;
  const below = new Uint32Array(count * words);
  return (places, k) => {
    const row = below.subarray(k * words, (k + 1) * words);
    for (const place of places) {
      const other = below.subarray(place * words, (place + 1) * words);
      for (let w = 0; w < words; w++) row[w]! |= other[w]!;
    }
    const kept = places.filter(place => (row[place >>> 5]! & (1 << (place & 31))) === 0);
    for (const place of places) row[place >>> 5]! |= 1 << (place & 31);
    return kept;
  };
}
