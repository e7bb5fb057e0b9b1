/** The lower bound of all orders: what is live at an operator in every one of them. */

import type {Bytes} from '../../model/numbers.ts';
import {listOf} from '../lists.ts';
import {type BitRows, bitRows, lowestBit, orBits, setBit} from './bits.ts';
import type {Network} from './network.ts';

/**
 * Bytes that no order can undercut, and the operator that needs them. Whatever the order, while v runs there is each tensor that v or an
 * operator before it writes (or nobody), and that v or an operator after it reads (or that is an output).
 */
export function orderBound(network: Network): {readonly bytes: Bytes; readonly at: number} {
  const {count, over} = network;
  let best = {bytes: Math.max(network.inputs, network.outputs), at: -1};
  const need = network.ancestors ? needsByPaths(network, network.ancestors) : ownNeeds(network);
  for (let v = 0; v < count; v++) {
    const bytes = need[v]! - over[v]!;
    if (bytes > best.bytes) best = {bytes, at: v};
  }
  return best;
}

/** Per operator, bytes: of what it reads and writes. */
export function ownNeeds({count, made, reads, size}: Network): Float64Array {
  const need = made.slice();
  for (let v = 0; v < count; v++) {
    for (const t of listOf(reads, v)) need[v]! += size[t]!;
  }
  return need;
}

function needsByPaths(network: Network, ancestors: BitRows): Float64Array {
  const {count, size, output, writer, readers} = network;
  const descendants = descendantsOf(network);
  const {words} = ancestors;
  const need = new Float64Array(count);
  const read = bitRows(1, count);
  for (let t = 0; t < size.length; t++) {
    const by = writer[t]!;
    read.bits.fill(output[t] ? 0xffffffff : 0);
    for (const v of listOf(readers, t)) {
      setBit(read, 0, v);
      orBits(read, 0, ancestors, v);
    }
    if (by >= 0) setBit(read, 0, by);
    for (let w = 0; w < words; w++) {
      let bits = read.bits[w]!;
      if (by >= 0) bits &= descendants.bits[by * words + w]! | (w === by >>> 5 ? 1 << (by & 31) : 0);
      for (; bits !== 0; bits &= bits - 1) {
        const v = (w << 5) + lowestBit(bits);
        if (v < count) need[v]! += size[t]!;
      }
    }
  }
  return need;
}

function descendantsOf({count, next}: Network): BitRows {
  const rows = bitRows(count, count);
  for (let v = count - 1; v >= 0; v--) {
    for (const u of listOf(next, v)) {
      orBits(rows, v, rows, u);
      setBit(rows, v, u);
    }
  }
  return rows;
}
