/**
 * The worker of one open file. It alone holds the file's content; the page calls its handlers, e.g. `items.find(query)`. A new
 * question of the page goes to the handler that has its subject, or to a handler of its own.
 */
import {Board} from '../canvas/board.ts';
import {OpenFile} from '../document/open-file.ts';
import {AllocatorHandler} from './handlers/allocator.ts';
import {ChangesHandler} from './handlers/changes.ts';
import {CompareHandler} from './handlers/compare.ts';
import {ExportHandler} from './handlers/export.ts';
import {FlamesHandler} from './handlers/flames.ts';
import {ItemsHandler} from './handlers/items.ts';
import {LeaksHandler} from './handlers/leaks.ts';
import {OpenHandler} from './handlers/open.ts';
import {PicturesHandler} from './handlers/pictures.ts';
import {PlanHandler} from './handlers/plan.ts';
import {QuestionsHandler} from './handlers/questions.ts';
import {proxy} from './link.ts';
import {PlanningLink} from './planning-link.ts';

export class FileWorker {
  readonly #file = new OpenFile();
  readonly #board = new Board();
  readonly #planning = new PlanningLink();

  constructor() {
    this.#board.prepare();
  }

  readonly file = proxy(new OpenHandler(this.#file));
  readonly planning = proxy(this.#planning);
  readonly pictures = proxy(new PicturesHandler(this.#file, this.#board));
  readonly flames = proxy(new FlamesHandler(this.#file, this.#board));
  readonly items = proxy(new ItemsHandler(this.#file));
  readonly plan = proxy(new PlanHandler(this.#file, this.#board, this.#planning));
  readonly changes = proxy(new ChangesHandler(this.#file));
  readonly questions = proxy(new QuestionsHandler(this.#file, this.#planning));
  readonly allocator = proxy(new AllocatorHandler(this.#file, this.#board, this.#planning));
  readonly leaks = proxy(new LeaksHandler(this.#file, this.#board));
  readonly compare = proxy(new CompareHandler(this.#file, this.#board));
  readonly export = proxy(new ExportHandler(this.#file, this.#board));
}
