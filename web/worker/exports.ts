/** What can be taken along: pictures, tables, plans. */
import {PAPER} from '../../bindings/pictures/palette.ts';
import type {Picture} from '../../bindings/pictures/picture.ts';
import {renderSvg} from '../../bindings/pictures/svg/svg.ts';
import {makeReport, planJson, reportHtml, tableCsv} from '../../bindings/report.ts';
import type {Imported} from '../../bindings/trace.ts';
import {writeCsv} from '../../bindings/trace.ts';
import {faceOf, frameOf} from '../canvas/board.ts';
import {drawAxes, drawRules, marginsOf} from '../canvas/frame.ts';
import {paint, preparePaint} from '../canvas/paint.ts';
import type {Theme} from '../canvas/theme.ts';
import type {Plans} from './plans.ts';

export interface Exported {
  readonly name: string;
  readonly blob: Blob;
}

export function exportSvg(picture: Picture): Exported {
  return {name: `${picture.name}.svg`, blob: new Blob([renderSvg(picture)], {type: 'image/svg+xml'})};
}

/** The table of a picture. */
export function exportTable({name, table}: Picture): Exported {
  return exportText(`${name}.csv`, 'text/csv', tableCsv(table));
}

export function exportText(name: string, type: string, parts: Iterable<string>): Exported {
  return {name, blob: new Blob([...parts], {type})};
}

/** What the plan is of. */
export interface PlanOrigin {
  readonly file: string;
  readonly format: string;
  readonly importSeconds: number;
  readonly capacity: number | undefined;
}

/** As `stowage plan -o plan.csv` and `-o plan.json` write them. @throws where there is no plan. */
export function exportPlan(kind: 'csv' | 'json', {task, plan}: Plans, origin: PlanOrigin): Exported {
  if (!task || !plan) throw new Error('there is no plan yet');
  if (kind === 'csv') return exportText('plan.csv', 'text/csv', writeCsv(task.problem, plan.offsets));
  const {capacity, ...source} = origin;
  const {problem, step, warnings} = task;
  const given = {...(step ? {step} : {}), ...(capacity === undefined ? {} : {capacity})};
  const json = planJson({...source, ...given, problem, plan, warnings}, true);
  return exportText('plan.json', 'application/json', [`${JSON.stringify(json)}\n`]);
}

/** The report of `stowage report`: one page that needs nothing else. @throws where there is no plan. */
export function exportReport(
  imported: Imported,
  {task, plan, bounds, cuda}: Plans,
  origin: PlanOrigin,
): Exported {
  if (!task || !plan || !bounds) throw new Error('there is no plan yet');
  const {file, format, capacity} = origin;
  const report = makeReport({
    file,
    format,
    problem: task.problem,
    plan,
    bounds,
    ...(capacity === undefined ? {} : {capacity}),
    ...(imported.kind === 'trace' ? {trace: imported.trace} : {read: imported}),
    ...(task.step ? {step: task.step} : {}),
    ...(cuda ? {cuda} : {}),
    warnings: [...(imported.kind === 'trace' ? imported.trace.warnings : []), ...task.warnings],
  });
  return exportText('report.html', 'text/html', reportHtml(report));
}

/** Twice as fine as a page shows it. */
const RATIO = 2;
const [PNG_WIDTH, PNG_HEIGHT] = [1200, 600];

/** The picture with its axes, as the page shows all of it. */
export async function exportPng(picture: Picture, theme: Theme): Promise<Exported> {
  const face = faceOf(picture);
  const size = {
    width: PNG_WIDTH,
    height: picture.y.categories ? 80 + picture.y.categories.length * 18 : PNG_HEIGHT,
  };
  const canvas = new OffscreenCanvas(size.width * RATIO, size.height * RATIO);
  const context = canvas.getContext('2d')!;
  context.scale(RATIO, RATIO);
  context.fillStyle = PAPER[theme];
  context.fillRect(0, 0, size.width, size.height);
  const window = {x: picture.x.domain, y: picture.y.domain};
  const margins = marginsOf(face, size);
  const drawing = {context, face, window, size, margins, theme};
  drawAxes(drawing);
  context.save();
  context.translate(margins.left, margins.top);
  const [width, height] = [
    size.width - margins.left - margins.right,
    size.height - margins.top - margins.bottom,
  ];
  preparePaint(context);
  paint({context, picture, frame: frameOf(picture, window, width, height), theme});
  context.restore();
  drawRules(drawing);
  return {name: `${picture.name}.png`, blob: await canvas.convertToBlob({type: 'image/png'})};
}
