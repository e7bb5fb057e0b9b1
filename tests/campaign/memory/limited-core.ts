/** The core with less memory: the module with a largest size of its memory, and ArrayBuffers that are refused. */

const MEMORY_SECTION = 5;
const HEADER_BYTES = 8;

/** The module with a memory of at most so many pages of 64 KiB. */
export function withMostPages(wasm: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  for (let at = HEADER_BYTES; at < wasm.length; ) {
    const [length, body] = unsigned(wasm, at + 1);
    if (wasm[at] === MEMORY_SECTION) {
      const [, limits] = unsigned(wasm, body); // how many memories: one
      const [least] = unsigned(wasm, limits + 1);
      const content = [1, 1, ...leb(least), ...leb(most)];
      const section = [MEMORY_SECTION, ...leb(content.length), ...content];
      return Uint8Array.from([...wasm.subarray(0, at), ...section, ...wasm.subarray(body + length)]);
    }
    at = body + length;
  }
  throw new Error('the module has no memory');
}

/** Pages that its memory begins with. */
export function firstPages(wasm: Uint8Array): number {
  for (let at = HEADER_BYTES; at < wasm.length; ) {
    const [length, body] = unsigned(wasm, at + 1);
    if (wasm[at] === MEMORY_SECTION) return unsigned(wasm, unsigned(wasm, body)[1] + 1)[0];
    at = body + length;
  }
  throw new Error('the module has no memory');
}

/** An unsigned number in LEB128, and where it ends. */
function unsigned(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7, at++) {
    value += (bytes[at]! & 127) * 2 ** shift;
    if (bytes[at]! < 128) return [value, at + 1];
  }
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...leb(Math.floor(value / 128))];
}

/** Calls `use` while the ArrayBuffer number `refused`, from 0, is refused. @returns how many were asked for */
export function withoutBuffer(refused: number, use: () => void): number {
  const Real = globalThis.ArrayBuffer;
  let asked = 0;
  class Counted extends Real {
    constructor(bytes: number) {
      if (asked++ === refused) throw new RangeError('Array buffer allocation failed');
      super(bytes);
    }
  }
  globalThis.ArrayBuffer = Counted as ArrayBufferConstructor;
  try {
    use();
  } finally {
    globalThis.ArrayBuffer = Real;
  }
  return asked;
}
