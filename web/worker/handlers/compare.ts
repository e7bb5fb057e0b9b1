/** Compares the open file with another one, which sends its blockTable. */
import {
  type BlockTable,
  type BlockTableDiff,
  blockTableOfProblem,
  blockTableOfStep,
  diffBlockTables,
} from '../../../bindings/compare/index.ts';
import type {Imported} from '../../../bindings/trace.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import type {OpenFile} from '../../document/open-file.ts';
import type {Planned} from '../../document/planned.ts';
import {differencePicture} from '../../views/difference.ts';

/** A blockTable as it can be sent: names in place of the function that makes them. */
export interface SentBlockTable extends Omit<BlockTable, 'idOf'> {
  readonly ids: readonly string[];
}

export interface Comparison {
  readonly diff: BlockTableDiff;
  /** Undefined where no group differs at the peak. */
  readonly face: Face | undefined;
}

export class CompareHandler {
  readonly #file: OpenFile;
  readonly #board: Board;

  constructor(file: OpenFile, board: Board) {
    this.#file = file;
    this.#board = board;
  }

  /** The block table of the planned problem. */
  blockTable(): SentBlockTable {
    return blockTableOf(this.#file.imported, this.#file.planned);
  }

  /** The differences of this file from the one before. */
  with(before: SentBlockTable): Comparison {
    const diff = diffBlockTables(received(before), received(this.blockTable()));
    const picture = differencePicture(diff);
    return {diff, face: picture && this.#board.set('difference', picture)};
  }
}

function blockTableOf(imported: Imported, {task, plan, bounds}: Planned): SentBlockTable {
  if (!task || !bounds) throw new Error('no problem is prepared to be compared');
  const totals = {
    load: bounds.load,
    lowerBound: plan?.lowerBound ?? bounds.lowerBound,
    peak: plan && !Number.isNaN(plan.peak) ? plan.peak : null,
  };
  const {idOf, ...blockTable} =
    imported.kind === 'trace'
      ? blockTableOfStep(imported.trace, task.step!, {
          ...totals,
          reserved: reservedOf(imported, task.step!.device.name),
        })
      : blockTableOfProblem(task.problem, {
          ...totals,
          ...(task.operations ? {operations: task.operations} : {}),
        });
  return {...blockTable, ids: Array.from({length: blockTable.count}, (_, row) => idOf(row))};
}

function reservedOf({trace}: Extract<Imported, {kind: 'trace'}>, device: string): number | null {
  const index = trace.devices.findIndex(({name}) => name === device);
  const reserved = trace.cuda?.devices[index]?.reserved.most ?? 0;
  return reserved > 0 ? reserved : null;
}

function received({ids, ...blockTable}: SentBlockTable): BlockTable {
  return {...blockTable, idOf: row => ids[row]!};
}
