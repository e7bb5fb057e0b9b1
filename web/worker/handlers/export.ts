/** Makes the files that the page saves: pictures, tables, plans and the report. */
import {PAPER} from '../../../bindings/pictures/palette.ts';
import type {Picture} from '../../../bindings/pictures/picture.ts';
import {renderSvg} from '../../../bindings/pictures/svg/svg.ts';
import {makeReport, planJson, reportHtml, tableCsv} from '../../../bindings/report.ts';
import {writeCsv} from '../../../bindings/trace.ts';
import {type Board, frameOf} from '../../canvas/board.ts';
import {faceOf} from '../../canvas/face.ts';
import {drawAxes, drawRules, marginsOf} from '../../canvas/frame.ts';
import {paint, preparePaint} from '../../canvas/paint.ts';
import type {Theme} from '../../canvas/theme.ts';
import type {OpenFile} from '../../document/open-file.ts';

export type ExportKind = 'svg' | 'png' | 'table' | 'items' | 'plan-csv' | 'plan-json' | 'report';

export interface ExportRequest {
  readonly kind: ExportKind;
  /** The picture's key; ignored for other kinds. */
  readonly key: string;
  readonly capacity: number | undefined;
  readonly theme: Theme;
}

export interface Exported {
  readonly name: string;
  readonly blob: Blob;
}

export class ExportHandler {
  readonly #file: OpenFile;
  readonly #board: Board;

  constructor(file: OpenFile, board: Board) {
    this.#file = file;
    this.#board = board;
  }

  /** @throws if the export needs a plan, and there is none. */
  async make({kind, key, capacity, theme}: ExportRequest): Promise<Exported> {
    switch (kind) {
      case 'svg':
        return exportSvg(this.#board.get(key));
      case 'png':
        return exportPng(this.#board.get(key), theme);
      case 'table':
        return exportTable(this.#board.get(key));
      case 'items':
        return exportText(
          'buffers.csv',
          'text/csv',
          this.#file.items.csv(item => this.#file.offsetOf(item)),
        );
      case 'report':
        return this.#report(capacity);
      case 'plan-csv':
        return this.#planCsv();
      case 'plan-json':
        return this.#planJson(capacity);
    }
  }

  /** As `stowage plan -o plan.csv` writes it. */
  #planCsv(): Exported {
    const {task, plan} = this.#planned();
    return exportText('plan.csv', 'text/csv', writeCsv(task.problem, plan.offsets));
  }

  /** As `stowage plan -o plan.json` writes it. */
  #planJson(capacity: number | undefined): Exported {
    const {name: file, imported, seconds: importSeconds} = this.#file.read;
    const {task, plan} = this.#planned();
    const {problem, step, warnings} = task;
    const given = {
      ...(imported.kind === 'problem' ? {read: imported} : {trace: imported.trace}),
      ...(step ? {step} : {}),
      ...(capacity === undefined ? {} : {capacity}),
    };
    const json = planJson(
      {file, format: imported.format, importSeconds, ...given, problem, plan, warnings},
      true,
    );
    return exportText('plan.json', 'application/json', [`${JSON.stringify(json)}\n`]);
  }

  /** The report of `stowage report`. */
  #report(capacity: number | undefined): Exported {
    const {name: file, imported} = this.#file.read;
    const {task, plan, bounds} = this.#planned();
    const {cuda} = this.#file.planned;
    const report = makeReport({
      file,
      format: imported.format,
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

  #planned() {
    const {task, plan, bounds} = this.#file.planned;
    if (!task || !plan || !bounds) throw new Error('there is no plan yet');
    return {task, plan, bounds};
  }
}

function exportText(name: string, type: string, parts: Iterable<string>): Exported {
  return {name, blob: new Blob([...parts], {type})};
}

function exportSvg(picture: Picture): Exported {
  return exportText(`${picture.name}.svg`, 'image/svg+xml', [renderSvg(picture)]);
}

function exportTable({name, table}: Picture): Exported {
  return exportText(`${name}.csv`, 'text/csv', tableCsv(table));
}

/** Twice as fine as a page shows it. */
const RATIO = 2;
const [PNG_WIDTH, PNG_HEIGHT] = [1200, 600];

/** The picture with its axes, as the page shows all of it. */
async function exportPng(picture: Picture, theme: Theme): Promise<Exported> {
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
