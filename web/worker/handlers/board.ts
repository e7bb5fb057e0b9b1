/** Everything that is asked of a picture by its key. */
import type {
  Board,
  HighlightRequest,
  Painted,
  PaintRequest,
  ProbeRequest,
  RowsRequest,
  TableRows,
} from '../../canvas/board.ts';
import type {Probed} from '../../canvas/probe.ts';
import {transfer} from '../link.ts';

export class BoardHandler {
  readonly #board: Board;

  constructor(board: Board) {
    this.#board = board;
  }

  paint(request: PaintRequest): Painted {
    const painted = this.#board.paint(request);
    return transfer(painted, [painted.image]);
  }

  probe(request: ProbeRequest): Probed | undefined {
    return this.#board.probe(request);
  }

  highlight(request: HighlightRequest): Float64Array {
    return this.#board.highlight(request);
  }

  rows(request: RowsRequest): TableRows {
    return this.#board.rows(request);
  }
}
