/** Quantities as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `409,087,432 B (390.1 MiB)`; bytes alone below 1 KiB. */
export function formatBytes(bytes: number): string {
  const exact = `${formatCount(bytes)} B`;
  const unit = byteUnit(bytes);
  return unit.bytes === 1 ? exact : `${exact} (${(bytes / unit.bytes).toFixed(1)} ${unit.name})`;
}

/** `390.1 MiB`, `1.16 GiB`, `25 MiB`: three digits or more, for where room is scarce. */
export function formatShortBytes(bytes: number): string {
  const unit = byteUnit(bytes);
  const value = bytes / unit.bytes;
  const digits = Math.abs(value) < 10 ? 2 : 1;
  return `${formatCount(Number(unit.bytes === 1 ? bytes : value.toFixed(digits)))} ${unit.name}`;
}

/** The largest binary unit that is not above so many bytes. */
export function byteUnit(bytes: number): {readonly name: string; readonly bytes: number} {
  let unit = 0;
  while (unit < UNITS.length - 1 && Math.abs(bytes) >= 1024 ** (unit + 1)) unit++;
  return {name: UNITS[unit]!, bytes: 1024 ** unit};
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  const text = String(count);
  // fractions and powers of ten stay as they are
  if (!/^-?\d+$/.test(text)) return text;
  const sign = text.startsWith('-') ? 1 : 0;
  let grouped = '';
  for (let at = sign; at < text.length; at++)
    grouped += at > sign && (text.length - at) % 3 === 0 ? `,${text[at]}` : text[at];
  return text.slice(0, sign) + grouped;
}

/** `1 buffer`, `2 buffers`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
