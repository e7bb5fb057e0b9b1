/** Warnings of what was read: their number, and on demand all of them. */
import {plural} from '../../bindings/model/quantities.ts';

interface WarningsProps {
  readonly warnings: readonly string[];
  /** What they are about. */
  readonly about: string;
}

export function Warnings({warnings, about}: WarningsProps) {
  if (warnings.length === 0) return null;
  return (
    <details class="warnings">
      <summary>
        {plural(warnings.length, 'warning')} about the {about}
      </summary>
      <ul>
        {warnings.map(warning => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </details>
  );
}
