/** Two recordings side by side, one against limits, one without its names; part of the entry `stowage/trace`. */
export {
  type Anonymized,
  type AnonymizeOptions,
  anonymizeProblem,
  anonymizeTrace,
  hashedNames,
} from './anonymize.ts';
export {type Check, type CheckedFigures, evaluateChecks, type Limits} from './check.ts';
export {
  type BlockChange,
  type BlockCounts,
  CHANGE_KINDS,
  type ChangeKind,
  diffLedgers,
  type GroupChange,
  type LedgerDiff,
  type TotalChange,
} from './diff.ts';
export type {GroupSum} from './groups.ts';
export {
  type KnownTotals,
  LEDGER_GROUPS,
  type Ledger,
  ledgerOfTotals,
  type NameColumn,
  TOTALS,
  type Totals,
} from './ledger.ts';
export {ledgerOfProblem} from './problem-ledger.ts';
export {type Top, type TopEntry, topOf} from './top.ts';
export {ledgerOfStep} from './trace-ledger.ts';
