/**
 * Two recordings compared, one checked against limits, one without its names; part of the entry `stowage/trace`.
 *
 * `Ledger…` and `ledgerOf…` are the earlier names of block tables, kept for programs that use them.
 */
export {
  type Anonymized,
  type AnonymizeOptions,
  anonymizeProblem,
  anonymizeTrace,
  hashedNames,
} from './anonymize.ts';
export {
  BLOCK_GROUPS,
  BLOCK_GROUPS as LEDGER_GROUPS,
  type BlockTable,
  type BlockTable as Ledger,
  blockTableOfTotals,
  blockTableOfTotals as ledgerOfTotals,
  type KnownTotals,
  type NameColumn,
  TOTALS,
  type Totals,
} from './block-table.ts';
export {type Check, type CheckedFigures, evaluateChecks, type Limits} from './check.ts';
export {
  type BlockChange,
  type BlockCounts,
  type BlockTableDiff,
  type BlockTableDiff as LedgerDiff,
  CHANGE_KINDS,
  type ChangeKind,
  diffBlockTables,
  diffBlockTables as diffLedgers,
  type GroupChange,
  groupChanges,
  type TotalChange,
} from './diff.ts';
export type {GroupSum} from './groups.ts';
export {blockTableOfProblem, blockTableOfProblem as ledgerOfProblem} from './problem-table.ts';
export {blockTableOfStep, blockTableOfStep as ledgerOfStep} from './step-table.ts';
export {type Top, type TopEntry, topOf} from './top.ts';
