/** A field of text that is checked as it is written, and taken when it is left, or with Enter. */
import {useEffect, useState} from 'preact/hooks';

interface CheckedInputProps {
  readonly label: string;
  /** The text at first, and again where it becomes another one. */
  readonly text: string;
  readonly size: number;
  readonly placeholder?: string;
  readonly isNumeric?: boolean;
  /** What is wrong with the text, if anything. */
  readonly check: (text: string) => string | undefined;
  /** What is said beside a text that is right. */
  readonly note?: (text: string) => string;
  /** Called with a text that is right. */
  readonly onText: (text: string) => void;
}

export function CheckedInput({
  label,
  text: first,
  size,
  placeholder,
  isNumeric,
  check,
  note,
  onText,
}: CheckedInputProps) {
  const [text, setText] = useState(first);
  useEffect(() => setText(first), [first]);
  const wrong = check(text);
  const commit = () => {
    if (wrong === undefined) onText(text);
  };
  return (
    <label>
      {label}
      <input
        type="text"
        {...(isNumeric ? {inputMode: 'numeric' as const} : {})}
        {...(placeholder === undefined ? {} : {placeholder})}
        size={size}
        value={text}
        aria-invalid={wrong !== undefined}
        onInput={event => setText(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={event => {
          if (event.key === 'Enter') commit();
        }}
      />
      <small>{wrong ?? note?.(text) ?? ''}</small>
    </label>
  );
}
