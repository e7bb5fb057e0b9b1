/** The host functions of the stand-alone bench: a clock and an output. Nothing else is imported. */
import {alloc} from '../../assembly/memory/arena';
import {clockTimeGet, fdWrite} from './wasi-imports';

const MONOTONIC: u32 = 1;
const OUTPUT: u32 = 1;
/** A line with its surroundings: time, vector {address, bytes}, bytes written; text. */
const LINE: u32 = 256;
let line: usize = 0;
let length: u32 = 0;

/** Opens the output. Must be called first, while the arena is all but empty. */
export function openOutput(): void {
  line = alloc(32 + LINE);
}

/** Nanoseconds. */
export function now(): u64 {
  clockTimeGet(MONOTONIC, 1000, line);
  return load<u64>(line);
}

/** Adds ASCII text to the line. Text that does not fit is dropped. */
export function put(text: string): void {
  for (let i = 0; i < text.length; i++) putCharacter(<u8>text.charCodeAt(i));
}

function putCharacter(character: u8): void {
  if (length < LINE) store<u8>(line + 32 + length++, character);
}

/** Adds a number, with at least `digits` digits. */
export function putNumber(value: u64, digits: u32 = 1): void {
  if (value >= 10 || digits > 1) putNumber(value / 10, max<u32>(digits, 2) - 1);
  putCharacter(48 + <u8>(value % 10));
}

/** Adds thousandths, as a number with three decimals. */
export function putThousandths(value: u64): void {
  putNumber(value / 1000);
  put('.');
  putNumber(value % 1000, 3);
}

/** Writes the line. */
export function endLine(): void {
  putCharacter(10);
  let from: u32 = 0;
  while (from < length) {
    store<u32>(line + 8, line + 32 + from);
    store<u32>(line + 12, length - from);
    store<u32>(line + 16, 0);
    if (fdWrite(OUTPUT, line + 8, 1, line + 16) != 0) unreachable();
    const written = load<u32>(line + 16);
    if (written == 0) break; // a host with no output at all
    from += written;
  }
  length = 0;
}
