/** Makes a list of changes, one after the other, and says of each what it changed and what it takes for granted. */
import type {BufferFacts, PersistentSum} from '../../model/buffer-facts.ts';
import {pieceAt} from '../../model/load.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import {edited, editsOf} from '../change.ts';
import {checkpointed, type Made} from './checkpoint.ts';
import type {ChangeList, EditChange, ListedChange} from './contract.ts';
import {assumptionsOf} from './describe.ts';
import {type Fraction, fractionOf} from './factor.ts';
import {peakMoment, sumAt} from './moment.ts';
import {selected} from './select.ts';
import {scaledPersistent, scaledSizes, withoutSizes} from './sizes.ts';

/** What one change of a list did. */
export interface ChangeEffect {
  /** Its place in the list. */
  readonly index: number;
  readonly change: ListedChange;
  /** Planned buffers that it changed, and their bytes as recorded. */
  readonly buffers: number;
  readonly bytes: number;
  /** Those of them that were live at the largest load of the problem as recorded. */
  readonly atPeak: {readonly buffers: number; readonly bytes: number};
  /** Persistent blocks that it changed, and their bytes before it. */
  readonly persistent: {readonly count: number; readonly bytes: number};
  /** In sentences. */
  readonly assumptions: readonly string[];
  /** Why it was not made; then it changed nothing. */
  readonly refused?: string;
}

export interface ChangedProblem {
  readonly columns: ProblemColumns;
  /** Blocks that are not planned, after the changes. */
  readonly persistent: readonly PersistentSum[];
  /** Bytes that stay beside the plan for transfers. */
  readonly stays: number;
  /** One per change that is on. */
  readonly effects: readonly ChangeEffect[];
}

const NOTHING: Fraction = {over: 0n, under: 1n};
const HALF: Fraction = {over: 1n, under: 2n};

/**
 * Pure: the given problem stays as it is. A selection that matches nothing changes nothing, and its effect says so.
 * @throws UsageError for an element type where the file records none, and for a size beyond 2^53 − 1 bytes.
 */
export function applyChanges(
  recorded: ProblemColumns,
  facts: BufferFacts,
  {changes}: Pick<ChangeList, 'changes'>,
): ChangedProblem {
  const moment = peakMoment(recorded);
  let columns = recorded;
  let persistent = facts.persistent;
  let stays = 0;
  const effects: ChangeEffect[] = [];
  for (const [index, change] of changes.entries()) {
    if (change.off) continue;
    const made = make(columns, recorded, facts, change);
    const kept = made.refused === undefined ? persistentAfter(persistent, change) : persistent;
    const moved = persistent.filter((sum, k) => kept[k] !== sum);
    const hasEffect = made.buffers.length > 0 || moved.length > 0;
    effects.push({
      index,
      change,
      buffers: made.buffers.length,
      bytes: made.buffers.reduce((sum, i) => sum + recorded.size[i]!, 0),
      atPeak: sumAt(recorded, made.buffers, moment),
      persistent: {
        count: moved.reduce((sum, {count}) => sum + count, 0),
        bytes: moved.reduce((sum, {bytes}) => sum + bytes, 0),
      },
      assumptions: hasEffect ? [...assumptionsOf(change, facts, made), ...made.assumptions] : [],
      ...(made.refused === undefined ? {} : {refused: made.refused}),
    });
    if (change.kind === 'offload' && hasEffect) stays += change.stays ?? 0;
    columns = made.columns;
    persistent = kept;
  }
  return {columns, persistent, stays, effects};
}

function make(
  columns: ProblemColumns,
  recorded: ProblemColumns,
  facts: BufferFacts,
  change: ListedChange,
): Made {
  const {of} = change;
  if (change.kind === 'checkpoint') return checkpointed(columns, recorded, facts, of);
  if (change.kind === 'offload') return withoutSizes(columns, facts, of);
  if (change.kind === 'scale' || change.kind === 'dtype')
    return scaledSizes(columns, facts, of, factorOf(change));
  return withEdits(columns, facts, change);
}

function factorOf({factor}: {readonly factor?: string}): Fraction {
  return factor === undefined ? HALF : fractionOf(factor)!;
}

function persistentAfter(
  persistent: readonly PersistentSum[],
  change: ListedChange,
): readonly PersistentSum[] {
  if (change.kind === 'offload') return scaledPersistent(persistent, change.of, NOTHING);
  if (change.kind === 'scale' || change.kind === 'dtype')
    return scaledPersistent(persistent, change.of, factorOf(change));
  return persistent;
}

/** A buffer that is not live at the moment of its edit stays as it is. */
function withEdits(columns: ProblemColumns, facts: BufferFacts, {kind, of, at = 0}: EditChange): Made {
  let changed = columns;
  const buffers: number[] = [];
  for (const buffer of selected(columns, facts, of)) {
    const tick = kind === 'ends-earlier' ? at - facts.firstMoment : columns.start[buffer]!;
    if (pieceAt(changed, buffer, tick) === undefined) continue;
    const edit = editsOf(changed, buffer, {start: tick, end: tick + 1, bytes: 0}).find(
      one => one.kind === kind,
    );
    if (!edit) continue;
    changed = edited(changed, edit);
    buffers.push(buffer);
  }
  return {columns: changed, buffers, assumptions: []};
}
