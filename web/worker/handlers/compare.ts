/** Compares the open file with another one, which sends its ledger. */
import {
  diffLedgers,
  type Ledger,
  type LedgerDiff,
  ledgerOfProblem,
  ledgerOfStep,
} from '../../../bindings/compare/index.ts';
import type {Imported} from '../../../bindings/trace.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import type {OpenFile} from '../../document/open-file.ts';
import type {Planned} from '../../document/planned.ts';
import {differencePicture} from '../../views/difference.ts';

/** A ledger as it can be sent: names in place of the function that makes them. */
export interface SentLedger extends Omit<Ledger, 'idOf'> {
  readonly ids: readonly string[];
}

export interface Comparison {
  readonly diff: LedgerDiff;
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

  /** Of the problem that is planned. */
  ledger(): SentLedger {
    return ledgerOf(this.#file.imported, this.#file.planned);
  }

  /** What differs in this file from the one before. */
  with(before: SentLedger): Comparison {
    const diff = diffLedgers(received(before), received(this.ledger()));
    const picture = differencePicture(diff);
    return {diff, face: picture && this.#board.set('difference', picture)};
  }
}

function ledgerOf(imported: Imported, {task, plan, bounds}: Planned): SentLedger {
  if (!task || !bounds) throw new Error('no problem is prepared to be compared');
  const totals = {
    load: bounds.load,
    lowerBound: plan?.lowerBound ?? bounds.lowerBound,
    peak: plan && !Number.isNaN(plan.peak) ? plan.peak : null,
  };
  const {idOf, ...ledger} =
    imported.kind === 'trace'
      ? ledgerOfStep(imported.trace, task.step!, {
          ...totals,
          reserved: reservedOf(imported, task.step!.device.name),
        })
      : ledgerOfProblem(task.problem, {
          ...totals,
          ...(task.operations ? {operations: task.operations} : {}),
        });
  return {...ledger, ids: Array.from({length: ledger.count}, (_, row) => idOf(row))};
}

function reservedOf({trace}: Extract<Imported, {kind: 'trace'}>, device: string): number | null {
  const index = trace.devices.findIndex(({name}) => name === device);
  const reserved = trace.cuda?.devices[index]?.reserved.most ?? 0;
  return reserved > 0 ? reserved : null;
}

function received({ids, ...ledger}: SentLedger): Ledger {
  return {...ledger, idOf: row => ids[row]!};
}
