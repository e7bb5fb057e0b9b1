/** Bytes that came in chunks and are still needed, as one run. */
export class ChunkBuffer {
  /** Longer than `length`: a 0 follows what was appended, later bytes mean nothing. Another array once more is appended. */
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 0) {
    this.bytes = new Uint8Array(capacity);
  }

  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.length;
    if (needed >= this.bytes.length) {
      const grown = new Uint8Array((needed + 1) * 2);
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.set(chunk, this.length);
    this.length = needed;
    this.bytes[needed] = 0;
  }

  /** Lets go of that many bytes at the beginning. */
  drop(count: number): void {
    if (count === 0) return;
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }
}
