/** Factors as exact fractions: no rounding of a float decides a size. */
import {UsageError} from '../../model/errors.ts';
import {type Bytes, MAX_BYTES} from '../../model/numbers.ts';
import {cut} from '../../model/shown.ts';

export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

const RATIO = /^(\d{1,9})\/(\d{1,9})$/;
const DECIMAL = /^(\d{1,9})(?:\.(\d{1,9}))?$/;

/** Undefined for a text that is no fraction ≥ 0. */
export function fractionOf(text: string): Fraction | undefined {
  const ratio = RATIO.exec(text);
  if (ratio) {
    const under = BigInt(ratio[2]!);
    return under === 0n ? undefined : {over: BigInt(ratio[1]!), under};
  }
  const decimal = DECIMAL.exec(text);
  if (!decimal) return undefined;
  const digits = decimal[2] ?? '';
  return {over: BigInt(decimal[1]! + digits), under: 10n ** BigInt(digits.length)};
}

/**
 * Bytes times a factor, rounded up to whole bytes; a size that is a multiple of the alignment stays one.
 * @throws UsageError beyond 2^53 − 1 bytes.
 */
export function scaled(bytes: Bytes, factor: Fraction, alignment: Bytes, name: string): Bytes {
  const unit = alignment > 0 && bytes % alignment === 0 ? BigInt(alignment) : 1n;
  const divisor = factor.under * unit;
  const whole = ((BigInt(bytes) * factor.over + divisor - 1n) / divisor) * unit;
  if (whole > BigInt(MAX_BYTES))
    throw new UsageError(`buffer ${cut(name)}: would be larger than 2^53 - 1 bytes`);
  return Number(whole);
}
