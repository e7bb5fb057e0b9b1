/**
 * A run as one page that needs nothing else, with the policy of a report: no script, no connection. Every name is escaped.
 */
import {formatShortBytes, plural} from '../model/quantities.ts';
import {escaped} from '../pictures/text.ts';
import {formatDuration} from '../pictures/ticks.ts';
import {pageHtml} from '../report/html.ts';
import {describeChange, formatChange, runAnswers} from './answers.ts';
import {runPictures} from './pictures.ts';
import {heldBytes, rankName} from './rank-text.ts';
import type {Rank, Run} from './run.ts';
import {describeRun} from './run-text.ts';

/** Outliers whose operations are listed; the JSON has all. */
const MOST_OUTLIERS = 40;

/** The page, piece by piece. */
export function runHtml(run: Run): Generator<string, void, undefined> {
  return pageHtml(
    {
      ...describeRun(run),
      answers: runAnswers(run),
      pictures: runPictures(run),
      warnings: run.warnings,
      warningsTitle: 'What was odd in the results',
      sections: [{id: 'all-ranks', title: 'All ranks'}],
      tableCommand: ({name}) => `stowage merge DIR -o ${name === 'ranks' ? 'run.csv' : 'run.json'}`,
    },
    outliersHtml(run),
    ranksHtml(run),
  );
}

function* outliersHtml(run: Run): Generator<string, void, undefined> {
  const {groups, ranks} = run;
  const all = groups.flatMap(group => group.outliers.map(outlier => ({group, outlier})));
  if (all.length === 0) return;
  yield* sectionHead('outliers', 'Ranks that differ from their group', [
    'rank',
    'group',
    'typical rank',
    'differs by',
    'operations: more or less than in the typical rank',
  ]);
  for (const {group, outlier} of all.slice(0, MOST_OUTLIERS)) {
    const operations = outlier.operations
      .slice(0, 4)
      .map(one => `${one.name || 'unknown'} ${describeChange(one)}`);
    yield rowHtml([
      rankName(ranks[outlier.rank]!),
      group.name,
      rankName(ranks[group.typical]!),
      outlier.reasons.join(', '),
      operations.join(', '),
    ]);
  }
  yield '</tbody></table></div>';
  if (all.length > MOST_OUTLIERS)
    yield `<p class="note">${plural(all.length - MOST_OUTLIERS, 'more rank')}: <code>stowage merge DIR -o run.json</code> has all of them.</p>`;
  yield '</section>\n';
}

/** All ranks, those that held most first: the end tags that HTML does not need are left out, since there may be thousands. */
function* ranksHtml(run: Run): Generator<string, void, undefined> {
  const order = [...run.ranks].sort((a, b) => (heldBytes(b) ?? -1) - (heldBytes(a) ?? -1));
  yield* sectionHead(
    'all-ranks',
    'All ranks, the one that held most first',
    [
      'rank',
      'file',
      'group',
      'live peak',
      'reserved',
      'planned',
      'recoverable',
      'growth',
      'failed request',
      'recorded',
    ],
    'figures',
  );
  for (const rank of order) yield rowHtml(cellsOf(run, rank));
  yield '</tbody></table></div><p class="note">Bytes are rounded here; <code>stowage merge DIR -o run.csv</code> writes them in full. Growth is per iteration.</p></section>\n';
}

function cellsOf({groups}: Run, one: Rank): string[] {
  const bytes = (value: number | null) => (value === null ? '' : formatShortBytes(value));
  return [
    one.rank === null ? '' : String(one.rank),
    one.file,
    one.group === null ? '' : groups[one.group]!.name,
    bytes(one.peak),
    bytes(one.reserved),
    `${bytes(one.planned)}${one.isProven ? ', proven' : ''}`,
    bytes(one.recoverable),
    one.growth === null ? '' : one.growth === 0 ? '0' : formatChange(one.growth),
    one.failure === null ? (one.verdict ?? '') : `not analysed: ${one.failure}`,
    one.microseconds === null ? '' : formatDuration(one.microseconds),
  ];
}

function* sectionHead(
  id: string,
  title: string,
  columns: readonly string[],
  also = '',
): Generator<string, void, undefined> {
  yield `<section id="${id}"><h2>${escaped(title)}</h2><div class="scroll" role="region" tabindex="0" aria-label="${escaped(`Table: ${title}`)}"><table${also === '' ? '' : ` class="${also}"`}><thead><tr>`;
  for (const column of columns) yield `<th scope="col">${escaped(column)}</th>`;
  yield '</tr></thead><tbody>';
}

function rowHtml(cells: readonly string[]): string {
  return `<tr><td>${cells.map(escaped).join('<td>')}`;
}
