/** Pictures that need no plan. */
import {formatBytes} from '../../../bindings/model/quantities.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import type {CallChoice} from '../../document/calls.ts';
import type {TimeAxis} from '../../document/clock.ts';
import type {OpenFile} from '../../document/open-file.ts';
import {activePicture, DEFAULT_LARGEST} from '../../views/active.ts';
import {behaviourOf} from '../../views/behaviour.ts';
import type {Colouring} from '../../views/colouring.ts';
import {BoardHandler} from './board.ts';
import {setByAxis} from './by-axis.ts';

export interface MemoryRequest {
  readonly colouring: Colouring;
  readonly capacity: number | undefined;
  /** By event where absent. */
  readonly axis?: TimeAxis;
}

export interface BehaviourFaces {
  readonly lines: readonly string[];
  readonly pictures: readonly {readonly key: string; readonly face: Face}[];
}

export class PicturesHandler extends BoardHandler {
  readonly #file: OpenFile;
  readonly #board: Board;

  constructor(file: OpenFile, board: Board) {
    super(board);
    this.#file = file;
    this.#board = board;
  }

  /** Live memory over time. */
  memory({colouring, capacity, axis}: MemoryRequest): Face {
    const {imported, subject} = this.#file;
    const levels =
      capacity === undefined ? [] : [{bytes: capacity, text: `capacity ${formatBytes(capacity)}`}];
    const isTicks = imported.kind === 'problem';
    const picture = activePicture(subject, {colouring, largest: DEFAULT_LARGEST, levels, isTicks});
    return setByAxis(this.#board, 'memory', picture, axis === 'clock' ? this.#file.clock : undefined);
  }

  /** Where the blocks of a call are in a picture of items. */
  through(key: string, call: CallChoice): Float64Array {
    return this.#board.highlightAll(key, this.#file.calls.through(call));
  }

  behaviour(): BehaviourFaces {
    const {imported, device, subject} = this.#file;
    const {pictures, lines} = behaviourOf(imported, device, subject.iterations);
    return {
      lines,
      pictures: pictures.map(picture => ({key: picture.name, face: this.#board.set(picture.name, picture)})),
    };
  }
}
