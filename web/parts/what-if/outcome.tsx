/** How planning goes, and what the changes gain. */
import {useState} from 'preact/hooks';
import {formatBytes, formatShortBytes} from '../../../bindings/model/quantities.ts';
import type {FileModel} from '../../state/file.ts';
import {isChanged, type Planning} from '../../state/file-state.ts';
import {useStore} from '../../state/store.ts';

export function Outcome({file}: {readonly file: FileModel}) {
  const {planning, plan, base, failure, isStopped, task, choice, planned} = useStore(file.store);
  const [peakBefore] = useState(() => base?.peak);
  const before = base?.peak ?? peakBefore;
  if (failure) return <p role="alert">{failure.message}</p>;
  if (isStopped) return <p class="outcome">stopped before there was a plan</p>;
  if (planning) return <Progress planning={planning} />;
  if (!plan) return null;
  const isOther = isChanged(choice) && planned === choice;
  const change = isOther && before !== undefined ? plan.peak - before : 0;
  const beside = task?.changes?.persistent;
  return (
    <p class="outcome" aria-live="polite">
      peak {formatBytes(plan.peak)}
      {change === 0 ? '' : `: ${difference(plan.peak, before!)} than without changes`}
      {isOther && beside && beside.after !== beside.before
        ? `; ${difference(beside.after, beside.before)} beside the plan`
        : ''}
      {plan.status === 'infeasible' ? '. Proven: nothing fits that capacity.' : ''}
      {plan.status === 'unknown' ? '. Nothing within the capacity was found, which proves nothing.' : ''}
      {isOther && change === 0 ? ': the same as without changes' : ''}
    </p>
  );
}

function Progress({planning}: {readonly planning: Planning}) {
  const {peak, lowerBound, spent, peaks} = planning;
  return (
    <div class="outcome" aria-live="polite">
      <progress value={spent} max={1} aria-label="planning" />
      <p>
        planning: {peak === undefined ? 'no plan yet' : formatBytes(peak)}, at least{' '}
        {formatShortBytes(lowerBound)}
        {peaks.length > 1 ? `; came down ${peaks.length - 1} times from ${formatShortBytes(peaks[0]!)}` : ''}
      </p>
    </div>
  );
}

/** `1.2 MiB (12.3 %) less`. */
export function difference(after: number, before: number): string {
  const bytes = Math.abs(after - before);
  const part = before > 0 ? ` (${((100 * bytes) / before).toFixed(1)} %)` : '';
  return `${formatShortBytes(bytes)}${part} ${after < before ? 'less' : 'more'}`;
}
