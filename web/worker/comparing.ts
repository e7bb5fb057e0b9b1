/** Two files side by side: what one of them is told of the other, and what differs. */
import {
  diffLedgers,
  type Ledger,
  type LedgerDiff,
  ledgerOfProblem,
  ledgerOfStep,
} from '../../bindings/compare/index.ts';
import type {Imported} from '../../bindings/trace.ts';
import type {Plans} from './plans.ts';

/** A ledger as it can be sent: names in place of the function that makes them. */
export interface SentLedger extends Omit<Ledger, 'idOf'> {
  readonly ids: readonly string[];
}

/** Of the problem that is planned, at its peak. @throws where none is prepared. */
export function ledgerOf(imported: Imported, {task, plan, bounds}: Plans): SentLedger {
  if (!task || !bounds) throw new Error('nothing is prepared to be compared');
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

export function compare(before: SentLedger, after: SentLedger): LedgerDiff {
  return diffLedgers(received(before), received(after));
}

function received({ids, ...ledger}: SentLedger): Ledger {
  return {...ledger, idOf: row => ids[row]!};
}
