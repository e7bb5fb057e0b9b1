/**
 * Runs scripts against a runtime as a strict caller does: every block is stamped at both ends and in the middle, no
 * two live blocks may overlap, and what was written must be there when the block is freed.
 */
import assert from 'node:assert/strict';
import type {Runtime} from '../../bindings/runtime.ts';

interface Block {
  readonly address: number;
  readonly bytes: number;
  readonly stamp: number;
}

export class Caller {
  readonly runtime: Runtime;
  mallocs = 0;
  /** Folds all that was read from blocks, in order. */
  result = 0;
  /** The same, computed without any memory. */
  expected = 0;
  readonly #view: DataView;
  /** Live blocks by address, ascending. */
  readonly #live: Block[] = [];
  readonly #alignment: number;
  #stamp = 1;

  constructor(runtime: Runtime, alignment = 64) {
    this.runtime = runtime;
    this.#view = new DataView(runtime.buffer);
    this.#alignment = alignment;
  }

  malloc(key: number, bytes: number): Block {
    const address = this.runtime.malloc(key, bytes);
    this.mallocs++;
    assert.equal(address % this.#alignment, 0, 'alignment');
    const block = {address, bytes, stamp: this.#stamp++};
    const at = this.#placeOf(address);
    const [below, above] = [this.#live[at - 1], this.#live[at]];
    if (below && below.address + Math.max(below.bytes, 1) > address)
      assert.fail('overlaps the live block below');
    if (above && address + Math.max(bytes, 1) > above.address) assert.fail('overlaps the live block above');
    this.#live.splice(at, 0, block);
    for (const place of places(block)) this.#view.setUint8(place, block.stamp & 255);
    if (bytes >= 4) this.#view.setUint32(address, block.stamp, true);
    return block;
  }

  /** @returns whether the runtime took it */
  free(block: Block): boolean {
    const at = this.#placeOf(block.address);
    if (this.#live[at] === block) {
      this.#live.splice(at, 1);
      this.#read(block);
    }
    return this.runtime.free(block.address);
  }

  /** A view of a live block outlives its owner, and is its only owner from then on. */
  view({address}: Block): void {
    assert.ok(this.runtime.retain(address), 'a live block was not retained');
    assert.ok(this.runtime.free(address), 'one of two owners was refused');
  }

  #read(block: Block): void {
    let seen = block.bytes >= 4 ? this.#view.getUint32(block.address, true) : block.stamp;
    for (const place of places(block)) {
      if (block.bytes >= 4 && place < block.address + 4) continue;
      if (this.#view.getUint8(place) !== (block.stamp & 255)) seen = 0;
    }
    this.result = fold(this.result, seen);
    this.expected = fold(this.expected, block.stamp);
  }

  #placeOf(address: number): number {
    let [low, high] = [0, this.#live.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#live[middle]!.address < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function places({address, bytes}: Block): number[] {
  return bytes === 0 ? [] : [address, address + (bytes >> 1), address + bytes - 1];
}

function fold(sum: number, value: number): number {
  return (Math.imul(sum, 31) + value) >>> 0;
}

export type {Block};
