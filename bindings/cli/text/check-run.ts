/** Checks of a run as lines of text, as a table, and as JSON. */
import {formatCount, plural} from '../../model/quantities.ts';
import type {RankCheck, RunCheck} from '../../report.ts';
import {describeScope} from '../../trace.ts';
import {show as showFigure} from './check.ts';
import {limited} from './diff.ts';
import {type Cell, type Table, tableLines} from './table.ts';

/** Ranks that are listed below a check that failed. */
const MOST_RANKS = 10;

export function runCheckLines(check: RunCheck): string[] {
  const {name, passed, ranks, worst} = check;
  const words = `${passed ? 'ok    ' : 'FAILED'}  ${name}${scopeWords(check)}: `;
  const failed = ranks.filter(one => !one.passed);
  if (!worst) return [`${words}${verdictOf(check, check)}`];
  const counts = passed
    ? `${plural(ranks.length, 'rank')}, `
    : `${formatCount(failed.length)} of ${plural(ranks.length, 'rank')}, `;
  const {shown, rest} = limited(
    failed.filter(one => one !== worst),
    MOST_RANKS,
  );
  const rows = [
    ...shown.map((one): Cell[] => [{name: nameOf(one)}, verdictOf(one, check)]),
    ...(rest.length > 0 ? [[plural(rest.length, 'further rank'), '']] : []),
  ];
  return [
    `${words}${counts}${nameOf(worst)} ${passed ? 'most' : 'worst'}: ${verdictOf(worst, check)}`,
    ...tableLines({title: '', head: [], right: [], rows}).slice(1),
  ];
}

function scopeWords({name, scope}: RunCheck): string {
  // growth is seen between iterations, of which a result has the last ones
  if (name === 'max-growth') return ' of the last whole iterations';
  switch (scope) {
    case 'run':
    case 'problem':
      return '';
    case 'iteration':
      return ' of the last whole iteration';
    default:
      return ` of ${describeScope({kind: scope, device: ''})}`;
  }
}

function nameOf({rank, file}: RankCheck): string {
  return rank === null ? file : `rank ${rank}`;
}

function verdictOf(
  {value, limit, reason}: Pick<RankCheck, 'value' | 'limit' | 'reason'>,
  {unit}: RunCheck,
): string {
  if (value === null || limit === null) return reason;
  return `${show(value, unit)} of at most ${show(limit, unit)}${reason === '' ? '' : `: ${reason}`}`;
}

function show(value: number | null, unit: RunCheck['unit']): string {
  if (unit !== 'count') return showFigure(value, unit);
  return value === null ? 'unknown' : formatCount(value);
}

export function runCheckTable(title: string, checks: readonly RunCheck[]): Table {
  return {
    title,
    head: ['', 'check', 'of', 'ranks', 'worst', 'value', 'at most', 'why'],
    right: [3, 5, 6],
    rows: checks.map((check): Cell[] => {
      const {passed, name, ranks, worst, unit, value, limit, reason} = check;
      const failed = ranks.filter(one => !one.passed).length;
      return [
        passed ? '✅' : '❌',
        name,
        scopeWords(check).replace(/^ of /, ''),
        ranks.length === 0 ? '' : `${formatCount(failed)} of ${formatCount(ranks.length)} failed`,
        worst ? {name: nameOf(worst)} : '',
        show(value, unit),
        show(limit, unit),
        reason === '' ? '' : {name: reason},
      ];
    }),
  };
}

/** As `stowage.check/1` has it. */
export function runChecksJson(checks: readonly RunCheck[]): {checks: object[]; ranks: object[]} {
  return {
    checks: checks.map(({ranks, worst, scope, ...check}) => ({
      ...check,
      scope: {kind: scope},
      ranks: ranks.length,
      failed: ranks.filter(({passed}) => !passed).length,
      worst: worst ? {file: worst.file, rank: worst.rank} : null,
    })),
    ranks: checks.flatMap(({name, unit, ranks}) =>
      ranks
        .filter(({passed}) => !passed)
        .map(({file, rank, value, limit, reason, scope}) => ({
          name,
          file,
          rank,
          scope,
          unit,
          value,
          limit,
          reason,
        })),
    ),
  };
}
