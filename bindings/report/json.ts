/** The `stowage.report/1` contract, documented in `docs/report.schema.json`. */

import {withoutReuse} from '../model/problem.ts';
import type {Picture} from '../pictures/index.ts';
import {cudaReportJson} from './cuda-report.ts';
import {outcomeJson, sourceJson} from './plan-json.ts';
import type {Report} from './report.ts';
import {sharingJson} from './sharing.ts';

/** Rows of each picture's table: the CSV has all of them. */
const MOST_ROWS = 500;

/** Without times of the machine, so that the same input gives the same bytes. */
export function reportJson({input, answers, peak, behaviour, needRows, pictures}: Report): object {
  const {problem, step, read, cuda, warnings} = input;
  return {
    schema: 'stowage.report/1',
    source: sourceJson(input),
    buffers: problem.count,
    persistentBytes: step?.persistent.bytes ?? 0,
    ...(read?.weightBytes === undefined ? {} : {weightBytes: read.weightBytes}),
    ...(read?.sharing ? {sharing: sharingJson(problem, read.sharing)} : {}),
    withoutReuse: withoutReuse(problem),
    ...outcomeJson(input),
    answers,
    peakBuffers: peak,
    ...(cuda ? {cuda: cudaReportJson(cuda)} : {}),
    allocators: needRows.map(({name, kind, persistent = 0, used, stranded = 0}) => ({
      name,
      kind,
      persistent,
      used,
      stranded,
    })),
    behaviour: behaviour ?? null,
    pictures: pictures.map(pictureJson),
    warnings,
  };
}

export function pictureJson({name, title, description, notes, table}: Picture): object {
  const rows = Math.min(table.count, MOST_ROWS);
  return {
    name,
    title,
    description,
    notes,
    columns: table.columns.map(({name: column, unit}) => ({name: column, unit: unit ?? null})),
    rowCount: table.count,
    rows: Array.from({length: rows}, (_, i) => table.row(i)),
  };
}
