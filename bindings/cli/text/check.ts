/** Checks as lines of text and as a table. */
import {formatBytes} from '../../model/quantities.ts';
import {type Check, describeScope} from '../../trace.ts';
import type {Table} from './table.ts';

export function checkTable(title: string, checks: readonly Check[]): Table {
  return {
    title,
    head: ['', 'check', 'of', 'value', 'at most', 'why'],
    right: [3, 4],
    rows: checks.map(({passed, name, evidence, unit, value, limit, reason}) => [
      passed ? '✅' : '❌',
      name,
      describeScope(evidence.scope),
      show(value, unit),
      show(limit, unit),
      reason,
    ]),
  };
}

export function show(value: number | null, unit: Check['unit']): string {
  if (value === null) return 'unknown';
  return unit === 'bytes' ? formatBytes(value) : formatPercent(value);
}

/** `5 %`, `0.125 %`: at most three decimals, rounded up. */
function formatPercent(percent: number): string {
  return `${Math.ceil(percent * 1000 - 1e-6) / 1000} %`;
}

export function describeCheck({name, evidence, passed, unit, value, limit, reason}: Check): string {
  const of = evidence.scope.kind === 'problem' ? '' : ` of ${describeScope(evidence.scope)}`;
  const words = `${passed ? 'ok    ' : 'FAILED'}  ${name}${of}: `;
  if (value === null || limit === null) return `${words}${reason}`;
  const why = reason === '' ? '' : `: ${reason}`;
  return `${words}${show(value, unit)} of at most ${show(limit, unit)}${why}`;
}
