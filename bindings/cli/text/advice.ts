/** Advice for a problem that does not fit: lines for a person, and the `advice` of `stowage.plan/1`. */
import type {Advice, FitAdvice} from '../../index.ts';
import {formatBytes, formatCount} from '../../model/quantities.ts';
import {type ChosenProblem, operationOf} from '../planning/chosen-problem.ts';

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

export function adviceJson({capacity, single, together}: FitAdvice, chosen: ChosenProblem): AdviceJson {
  const json = (advice: Advice): ChangeJson => ({
    ...advice,
    operation: operationOf(chosen, advice.index) ?? null,
    tick: advice.tick ?? null,
    until: advice.until ?? null,
  });
  return {capacity, single: single.map(json), together: together.map(json)};
}

/** Most single changes that are printed. */
const MOST_SINGLE = 10;

export function adviceLines(advice: FitAdvice, chosen: ChosenProblem): string[] {
  const {capacity, fits, single, together} = advice;
  if (fits) return ['', `advice       none needed: the plan fits ${formatBytes(capacity)}`];
  if (single.length + together.length === 0)
    return ['', 'advice       none: no single change lowers the peak'];
  const last = together.at(-1);
  return [
    '',
    `to fit ${formatBytes(capacity)}: single changes, each with the peak that remains`,
    ...single.slice(0, MOST_SINGLE).map(one => `  ${describe(one, chosen)}`),
    ...(together.length > 1
      ? ['together, each in addition to those above it', ...together.map(one => `  ${describe(one, chosen)}`)]
      : []),
    ...(last && !last.fits ? ['  all of these together still do not fit'] : []),
  ];
}

function describe(advice: Advice, chosen: ChosenProblem): string {
  const {id, index, peak, fits} = advice;
  const operation = operationOf(chosen, index);
  const name = operation ? `"${id}" (${operation})` : `"${id}"`;
  return `${name} ${describeChange(advice)}: ${formatBytes(peak)}${fits ? ', fits' : ''}`;
}

function describeChange({kind, size, tick, until}: Advice): string {
  if (kind === 'offload') return `offloaded from tick ${formatCount(tick!)} to ${formatCount(until!)}`;
  if (kind === 'ends-earlier') return `ending at tick ${formatCount(tick!)}`;
  if (kind === 'begins-later') return `beginning at tick ${formatCount(tick!)}`;
  if (kind === 'gone') return 'removed';
  return `shrunk to ${formatCount(size)} B${kind === 'half' ? ', half' : ''}`;
}
