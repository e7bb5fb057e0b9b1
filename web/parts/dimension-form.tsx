/** Sizes for the dimensions of a model: a number, or a range for one that stays open. */
import {useState} from 'preact/hooks';
import type {DimensionSizes} from '../worker/handlers/open.ts';

interface DimensionFormProps {
  readonly names: readonly string[];
  readonly onSizes: (sizes: DimensionSizes) => void;
}

export function DimensionForm({names, onSizes}: DimensionFormProps) {
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const sizes = names.map(name => [name, readSize(texts[name] ?? '')] as const);
  const isWhole = sizes.every(([, size]) => size !== undefined);
  return (
    <form
      class="fields"
      onSubmit={event => {
        event.preventDefault();
        if (isWhole) onSizes(Object.fromEntries(sizes) as DimensionSizes);
      }}
    >
      <p>
        The model has dimensions without a size. Give each a size, such as 8, or a range, such as 1:64, to
        plan for all of its values at once.
      </p>
      {names.map(name => (
        <label key={name}>
          {name}
          <input
            type="text"
            size={10}
            placeholder="8 or 1:64"
            value={texts[name] ?? ''}
            aria-invalid={texts[name] !== undefined && readSize(texts[name]) === undefined}
            onInput={event => setTexts({...texts, [name]: event.currentTarget.value})}
          />
        </label>
      ))}
      <button type="submit" disabled={!isWhole}>
        Open with these sizes
      </button>
    </form>
  );
}

/** `8` or `1:64` or `32:512:32`; undefined for anything else. */
export function readSize(text: string): DimensionSizes[string] | undefined {
  const [, size, max, multipleOf] = /^(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?$/.exec(text.trim()) ?? [];
  if (size === undefined) return undefined;
  if (max === undefined) return Number(size);
  const range = {min: Number(size), max: Number(max)};
  return multipleOf === undefined ? range : {...range, multipleOf: Number(multipleOf)};
}
