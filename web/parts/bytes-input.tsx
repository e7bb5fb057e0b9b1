/** A number of bytes, as people write them. */
import {formatCount, formatShortBytes} from '../../bindings/model/quantities.ts';
import {CheckedInput} from './checked-input.tsx';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** `24GiB` → bytes; undefined for nothing, NaN if the text is no number of bytes. */
export function readBytes(text: string): number | undefined {
  if (text.trim() === '') return undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(digits) * (UNITS[(unit ?? '').toLowerCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : Number.NaN;
}

interface BytesInputProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly onValue: (bytes: number | undefined) => void;
}

export function BytesInput({label, value, onValue}: BytesInputProps) {
  return (
    <CheckedInput
      label={label}
      text={value === undefined ? '' : formatShortBytes(value)}
      size={10}
      placeholder="e.g. 24GiB"
      check={text => (Number.isNaN(readBytes(text)) ? 'expected bytes such as 24GiB or 512MiB' : undefined)}
      note={text => {
        const bytes = readBytes(text);
        return bytes === undefined ? '' : `${formatCount(bytes)} B`;
      }}
      onText={text => {
        const bytes = readBytes(text);
        if (bytes !== value) onValue(bytes);
      }}
    />
  );
}
