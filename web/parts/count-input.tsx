/** A whole number within limits. It is taken when the field is left, or with Enter. */
import {useState} from 'preact/hooks';

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
  const [text, setText] = useState(String(value));
  const count = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  const isWrong = !(count >= min && count <= max && count % step === 0);
  const commit = () => {
    if (!isWrong && count !== value) onValue(count);
  };
  return (
    <label>
      {label}
      <input
        type="text"
        inputMode="numeric"
        size={6}
        value={text}
        aria-invalid={isWrong}
        onInput={event => setText(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={event => {
          if (event.key === 'Enter') commit();
        }}
      />
      <small>
        {isWrong ? `expected ${step === 1 ? '' : `a multiple of ${step} `}from ${min} to ${max}` : ''}
      </small>
    </label>
  );
}
