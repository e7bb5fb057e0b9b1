/**
 * A report as one page that needs nothing else: no script, no connection, no font or picture from elsewhere. Its policy
 * forbids them, and every text of the trace is escaped.
 */

import {formatBytes, plural} from '../model/quantities.ts';
import {escaped, type Picture, renderSvg} from '../pictures/index.ts';
import type {Answer} from './answer.ts';
import {reportStyle} from './html-style.ts';
import type {PeakBuffers} from './peak.ts';
import type {Report} from './report.ts';
import {cellHtml, tableHtml} from './table.ts';

/** The page may not fetch or run anything; its style is inline. */
export const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A table of so few rows is seen at once. */
const FEW_ROWS = 8;
const PLOT_HEIGHT = 320;

/** The content of a page: answers, then a section of its own, then pictures, then more sections. */
export interface ReportPage {
  readonly title: string;
  readonly source: string;
  readonly answers: readonly Answer[];
  readonly pictures: readonly Picture[];
  readonly warnings: readonly string[];
  /** Sections after the pictures, for the links to them. */
  readonly sections?: readonly {readonly id: string; readonly title: string}[];
  /** The heading of the warnings. */
  readonly warningsTitle: string;
  /** The command that writes the whole table of a picture. */
  readonly tableCommand: (picture: Picture) => string;
}

/** Titles and commands of the page of one file. */
export function filePage(file: string): Pick<ReportPage, 'title' | 'warningsTitle' | 'tableCommand'> {
  return {
    title: `Memory report: ${file}`,
    warningsTitle: 'What was odd in the file',
    tableCommand: ({name}) => `stowage report FILE --picture ${name} -o table.csv`,
  };
}

/** The page, piece by piece. */
export function reportHtml(report: Report): Generator<string, void, undefined> {
  const {input, answers, peak, pictures} = report;
  const {file, warnings} = input;
  return pageHtml(
    {...filePage(file), source: describeSource(report), answers, pictures, warnings},
    peakHtml(peak),
  );
}

export function* pageHtml(
  {title, source, answers, pictures, warnings, warningsTitle, tableCommand, sections = []}: ReportPage,
  section: Iterable<string> = [],
  after: Iterable<string> = [],
): Generator<string, void, undefined> {
  yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">';
  yield `<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">`;
  yield '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">';
  yield `<link rel="icon" href="data:,"><title>${escaped(title)}</title><style>${reportStyle()}</style></head>\n<body><header>`;
  yield `<h1>${escaped(title)}</h1><p class="soft">${escaped(source)}</p></header>\n<main>`;
  yield* answersHtml(answers);
  const links = [...pictures.map(({name, title: text}) => ({id: name, title: text})), ...sections];
  yield `<nav aria-label="Pictures"><ul>${links.map(({id, title: text}) => `<li><a href="#${id}">${escaped(text)}</a></li>`).join('')}</ul></nav>\n`;
  yield* section;
  for (const picture of pictures) yield* pictureHtml(picture, tableCommand(picture));
  yield* after;
  yield* warningsHtml(warnings, warningsTitle);
  yield `</main><footer><p class="note">Made by stowage. This page is complete: it loads nothing and sends nothing.</p></footer></body></html>\n`;
}

function describeSource({input}: Report): string {
  const {format, step, problem, trace} = input;
  const what = step
    ? `${step.iteration === 'window' ? 'the whole recording' : `iteration ${step.iteration}`} on ${step.device.name}`
    : plural(problem.count, 'buffer');
  const events = trace
    ? `, ${plural(trace.events.count, 'event')}, ${plural(trace.blocks.count, 'block')}`
    : '';
  return `${format}${events}; planned: ${what}`;
}

function* answersHtml(answers: readonly Answer[]): Generator<string, void, undefined> {
  yield '<dl class="answers">';
  for (const {question, answer, detail} of answers) {
    yield `<div><dt>${escaped(question)}</dt><dd class="answer">${escaped(answer)}</dd><dd class="detail">${escaped(detail)}</dd></div>`;
  }
  yield '</dl>\n';
}

function* peakHtml({largest, count}: PeakBuffers): Generator<string, void, undefined> {
  if (largest.length === 0) return;
  const hasOperations = largest.some(({operation}) => operation !== '');
  yield `<section aria-labelledby="peak-heading"><h2 id="peak-heading">The largest buffers of the peak</h2>`;
  yield '<div class="scroll" role="region" tabindex="0" aria-label="Table: the largest buffers of the peak"><table><thead><tr>';
  yield `<th scope="col">buffer</th><th scope="col" class="number">size</th><th scope="col" class="number">share</th><th scope="col" class="number">from tick</th><th scope="col" class="number">to tick</th>${hasOperations ? '<th scope="col">operation</th>' : ''}</tr></thead><tbody>`;
  for (const {id, bytes, share, start, end, operation} of largest) {
    const cells = [
      cellHtml(id, undefined),
      cellHtml(formatBytes(bytes), 'bytes'),
      cellHtml(`${(100 * share).toFixed(1)} %`, 'percent'),
      cellHtml(start, 'ticks'),
      cellHtml(end, 'ticks'),
      ...(hasOperations ? [cellHtml(operation, undefined)] : []),
    ];
    yield `<tr>${cells.join('')}</tr>`;
  }
  yield '</tbody></table></div>';
  if (count > largest.length)
    yield `<p class="note">${plural(count - largest.length, 'smaller one')} not shown.</p>`;
  yield '</section>\n';
}

function* pictureHtml(picture: Picture, command: string): Generator<string, void, undefined> {
  const {name, title, description, notes, table} = picture;
  yield `<section id="${name}"><h2>${escaped(title)}</h2><figure><figcaption>${escaped(description)}</figcaption>`;
  yield `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(`Picture: ${title}`)}">`;
  yield renderSvg(picture, {isAlone: false, plotHeight: PLOT_HEIGHT});
  yield '</div></figure>';
  for (const note of notes) yield `<p class="note">${escaped(note)}</p>`;
  yield* tableHtml(picture, table.count <= FEW_ROWS, command);
  yield '</section>\n';
}

function* warningsHtml(warnings: readonly string[], title: string): Generator<string, void, undefined> {
  if (warnings.length === 0) return;
  yield `<section><h2>${escaped(title)}</h2><ul>`;
  for (const warning of warnings) yield `<li>${escaped(warning)}</li>`;
  yield '</ul></section>\n';
}
