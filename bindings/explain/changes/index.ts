/** Changes of a problem in the user's terms, as a list: `stowage.changes/1`. */
export {applyChanges, type ChangedProblem, type ChangeEffect} from './apply.ts';
export {
  type BufferSelection,
  CHANGES_SCHEMA,
  type ChangeList,
  type ChangeOptions,
  type ListedChange,
  type ListedChangeKind,
  type Selection,
} from './contract.ts';
export {describeChange, describeSelection} from './describe.ts';
export {type CategorySum, categorySums} from './moment.ts';
export {problemFacts, type ReadFacts} from './problem-facts.ts';
export {parseQuickChange} from './quick.ts';
export {checkChanges, parseChanges, writeChanges} from './read.ts';
export {functionOf} from './select.ts';
