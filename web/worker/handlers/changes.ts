/** Lists of changes as files, and what there is to change. */
import {type ChangeList, parseChanges, writeChanges} from '../../../bindings/index.ts';
import {type Offers, offersOf} from '../../document/changed.ts';
import type {OpenFile} from '../../document/open-file.ts';

export class ChangesHandler {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** @throws UsageError naming the place in the text. */
  read(text: string): ChangeList {
    return parseChanges(text);
  }

  write(list: ChangeList): string {
    return writeChanges(list);
  }

  /** Undefined before a problem is prepared. */
  offers(item: number | undefined): Offers | undefined {
    const {task} = this.#file.planned;
    return task && offersOf(task, item);
  }
}
