/** What to do where a problem does not fit, as it is printed: lines for a person, or `advice` of `stowage.plan/1`. */
import type {Advice, FitAdvice} from '../../index.ts';
import {formatBytes, formatCount} from '../quantities.ts';
import {operationOf, type Task} from '../task.ts';

/** Documented in `docs/plan-json.md`. */
export interface AdviceJson {
  readonly capacity: number;
  readonly single: readonly ChangeJson[];
  readonly together: readonly ChangeJson[];
}

interface ChangeJson extends Omit<Advice, 'tick' | 'until'> {
  readonly operation: string | null;
  readonly tick: number | null;
  readonly until: number | null;
}

export function adviceJson({capacity, single, together}: FitAdvice, task: Task): AdviceJson {
  const json = (advice: Advice): ChangeJson => ({
    ...advice,
    operation: operationOf(task, advice.index) ?? null,
    tick: advice.tick ?? null,
    until: advice.until ?? null,
  });
  return {capacity, single: single.map(json), together: together.map(json)};
}

/** So many single changes are printed. */
const MOST_SINGLE = 10;

export function adviceLines(advice: FitAdvice, task: Task): string[] {
  const {capacity, fits, single, together} = advice;
  if (fits) return ['', `advice       none needed: it fits ${formatBytes(capacity)}`];
  if (single.length + together.length === 0)
    return ['', 'advice       none: no single change lowers the peak'];
  const last = together.at(-1);
  return [
    '',
    `to fit ${formatBytes(capacity)}: one change, and the peak that then remains`,
    ...single.slice(0, MOST_SINGLE).map(one => `  ${describe(one, task)}`),
    ...(together.length > 1
      ? ['together, each after those before it', ...together.map(one => `  ${describe(one, task)}`)]
      : []),
    ...(last && !last.fits ? ['  and still it does not fit'] : []),
  ];
}

function describe(advice: Advice, task: Task): string {
  const {id, index, peak, fits} = advice;
  const operation = operationOf(task, index);
  const name = operation ? `"${id}" (${operation})` : `"${id}"`;
  return `${name} ${describeChange(advice)}: ${formatBytes(peak)}${fits ? ', fits' : ''}`;
}

function describeChange({kind, size, tick, until}: Advice): string {
  if (kind === 'offload') return `offloaded from tick ${formatCount(tick!)} to ${formatCount(until!)}`;
  if (kind === 'ends-earlier') return `ended at tick ${formatCount(tick!)}`;
  if (kind === 'begins-later') return `begun at tick ${formatCount(tick!)}`;
  if (kind === 'gone') return 'gone';
  return `shrunk to ${formatCount(size)} B${kind === 'half' ? ', half' : ''}`;
}
