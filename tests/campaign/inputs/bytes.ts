/** Bytes changed without regard to what they mean. */
import {gzipSync} from 'node:zlib';
import type {Random} from '../../random.ts';

/** Bytes that mean something in one format or another. */
const LOADED = [
  0, 1, 9, 10, 13, 32, 34, 40, 44, 45, 46, 48, 57, 58, 91, 92, 93, 101, 123, 125, 127, 128, 239, 255,
];
/** Numbers that are at the end of some range. */
const NUMBERS = [
  0, 1, 2, 7, 127, 128, 255, 256, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/** Changes at random places, one to four of them. */
export function changed(random: Random, seed: Uint8Array, donor: Uint8Array): Uint8Array {
  let bytes = seed;
  for (let left = 1 + random(random(3) === 0 ? 4 : 1); left > 0; left--) bytes = change(random, bytes, donor);
  return bytes;
}

function change(random: Random, bytes: Uint8Array, donor: Uint8Array): Uint8Array {
  const at = random(bytes.length + 1);
  const length = random(8) === 0 ? random(bytes.length + 1) : random(12);
  const to = Math.min(bytes.length, at + length);
  const [before, within, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (random(10)) {
    case 0:
      return before.slice();
    case 1:
      return joined(before, after);
    case 2:
      return joined(before, ...Array.from({length: 1 + random(40)}, () => within), after);
    case 3: {
      const from = random(donor.length + 1);
      return joined(before, donor.subarray(from, from + random(64)), after);
    }
    case 4:
      return joined(before, Uint8Array.of(LOADED[random(LOADED.length)]!), bytes.subarray(at));
    case 5:
      return withNumber(random, bytes);
    case 6: {
      const digits = bytes.slice();
      if (at < digits.length) digits[at] = 48 + random(10);
      return digits;
    }
    case 7: {
      const flipped = bytes.slice();
      if (at < flipped.length) flipped[at] = flipped[at]! ^ (1 << random(8));
      return flipped;
    }
    case 8:
      return joined(after, before);
    default: {
      const set = bytes.slice();
      if (at < set.length) set[at] = random(3) === 0 ? random(256) : LOADED[random(LOADED.length)]!;
      return set;
    }
  }
}

/** Four bytes, at a multiple of four mostly, set to a number or moved a little: what points or counts in binary formats. */
function withNumber(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) return bytes;
  const at = random(4) === 0 ? random(bytes.length - 3) : 4 * random(Math.floor(bytes.length / 4));
  const numbered = bytes.slice();
  const view = new DataView(numbered.buffer);
  const before = view.getUint32(at, true);
  const value = random(2) === 0 ? NUMBERS[random(NUMBERS.length)]! : before + random(33) - 16;
  view.setUint32(at, random(3) === 0 ? random(bytes.length) : value, true);
  return numbered;
}

/** Gzipped, and then changed itself, sometimes. */
export function zipped(random: Random, bytes: Uint8Array): Uint8Array {
  const data = new Uint8Array(gzipSync(bytes, {level: random(2) * 9}));
  return random(3) === 0 ? changed(random, data, bytes) : data;
}

/** One zstd frame of raw blocks, RFC 8878, and then changed itself, sometimes. */
export function zstandard(random: Random, bytes: Uint8Array): Uint8Array {
  const block = 1 + random(4096);
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 8 * random(12))];
  for (let at = 0; at === 0 || at < bytes.length; at += block) {
    const content = bytes.subarray(at, at + block);
    const header = (content.length << 3) | (at + block >= bytes.length ? 1 : 0);
    parts.push(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), content);
  }
  const data = joined(...parts);
  return random(3) === 0 ? changed(random, data, bytes) : data;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
