/** A whole number within limits. It is taken when the field is left, or with Enter. */
import {CheckedInput} from './checked-input.tsx';

interface CountInputProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** Values are multiples of it; 1 where absent. */
  readonly step?: number;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

export function CountInput({label, min, max, step = 1, value, onValue}: CountInputProps) {
  const isRight = (text: string): boolean => {
    const count = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
    return count >= min && count <= max && count % step === 0;
  };
  const expected = `expected ${step === 1 ? '' : `a multiple of ${step} `}from ${min} to ${max}`;
  return (
    <CheckedInput
      label={label}
      text={String(value)}
      size={6}
      isNumeric
      check={text => (isRight(text) ? undefined : expected)}
      onText={text => {
        if (Number(text) !== value) onValue(Number(text));
      }}
    />
  );
}
