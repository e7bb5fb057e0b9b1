/** The state of one opened file: results and choices. */

import type {ListedChange} from '../../bindings/explain/changes/contract.ts';
import type {Failure} from '../../bindings/model/errors.ts';
import type {Range} from '../canvas/window.ts';
import type {CallChoice} from '../document/calls.ts';
import type {Clock, TimeAxis} from '../document/clock.ts';
import type {ModelInfo} from '../worker/handlers/allocator.ts';
import type {LeaksInfo} from '../worker/handlers/leaks.ts';
import type {Opened, SubjectInfo} from '../worker/handlers/open.ts';
import type {PageOptions, PlanInfo, RecoverInfo, TaskInfo} from '../worker/handlers/plan.ts';
import {FIRST_FLAMES, type FlamesChoice} from './flames.ts';
import type {View} from './view-names.ts';

/** How to plan. */
export interface PlanChoice {
  readonly iteration: number | 'auto' | 'window';
  readonly algorithm: NonNullable<PageOptions['algorithm']>;
  /** Bytes; absent where the recording's own, or none. */
  readonly alignment: number | undefined;
  readonly capacity: number | undefined;
  readonly timeLimit: number | undefined;
  /** When bytes pass on between streams, and where the user states that the device is idle. */
  readonly streams: 'apart' | 'together';
  readonly isIdle: boolean;
  /** Values of a model's dimensions, by name; the largest of each where absent. */
  readonly dims: Readonly<Record<string, number>>;
  /** Ticks that bytes wait before they are used again. */
  readonly hold: number | undefined;
  /** In the order in which they are made. */
  readonly changes: readonly ListedChange[];
}

/** Whether the problem is another than the one of the file. */
export function isChanged({changes, alignment, dims, hold}: PlanChoice): boolean {
  return (
    changes.some(({off}) => !off) ||
    alignment !== undefined ||
    hold !== undefined ||
    Object.keys(dims).length > 0
  );
}

/** A plan that is kept to be compared with others. */
export interface Scenario {
  readonly name: string;
  readonly choice: PlanChoice;
  readonly peak: number;
  readonly lowerBound: number;
  readonly isProven: boolean;
  /** Bytes, with all that is not planned. */
  readonly needed: number;
}

/** How far planning is. */
export interface Planning {
  readonly peak: number | undefined;
  readonly lowerBound: number;
  readonly spent: number;
  readonly seconds: number;
  /** The peaks on the way, for all to see. */
  readonly peaks: readonly number[];
}

/** Where the vertical axis of a view is zoomed: the values that are shown. */
export type Heights = Readonly<Partial<Record<View, Range>>>;

export interface FileState {
  readonly opened: Opened | undefined;
  readonly subject: SubjectInfo | undefined;
  readonly choice: PlanChoice;
  readonly task: TaskInfo | undefined;
  readonly planning: Planning | undefined;
  readonly plan: PlanInfo | undefined;
  /** What `plan` is of; another than `choice` until that is planned. */
  readonly planned: PlanChoice | undefined;
  readonly scenarios: readonly Scenario[];
  /** The plan of the problem as it was read. */
  readonly base: PlanInfo | undefined;
  readonly cuda: RecoverInfo | undefined;
  readonly isRecovering: boolean;
  /** Whether planning waits for the user to ask for it. */
  readonly isHeld: boolean;
  /** Whether planning was stopped before there was a plan. */
  readonly isStopped: boolean;
  readonly failure: Failure | undefined;
  readonly model: ModelInfo | undefined;
  /** What stays behind and what waits, of this device; looked for when nothing else is to be done, or the view is opened. */
  readonly leaks: LeaksInfo | undefined;
  readonly leaksFailure: Failure | undefined;
  /** Counts the plans: pictures of an older one are made anew. */
  readonly version: number;
  readonly moment: number | undefined;
  readonly item: number | undefined;
  /** Its blocks are listed in the table and outlined in the pictures. */
  readonly call: CallChoice | undefined;
  readonly flames: FlamesChoice;
  /** Moments that are shown; all of them where absent. */
  readonly window: Range | undefined;
  readonly heights: Heights;
  readonly axis: TimeAxis;
  /** The recorded times of moments, once something asked for them. */
  readonly clock: Clock | undefined;
}

export const FIRST_CHOICE: PlanChoice = {
  iteration: 'auto',
  algorithm: 'auto',
  alignment: undefined,
  capacity: undefined,
  timeLimit: undefined,
  streams: 'apart',
  isIdle: false,
  dims: {},
  hold: undefined,
  changes: [],
};

export const NOTHING_KNOWN: FileState = {
  opened: undefined,
  subject: undefined,
  choice: FIRST_CHOICE,
  task: undefined,
  planning: undefined,
  plan: undefined,
  planned: undefined,
  scenarios: [],
  base: undefined,
  cuda: undefined,
  isRecovering: false,
  isHeld: false,
  isStopped: false,
  failure: undefined,
  model: undefined,
  leaks: undefined,
  leaksFailure: undefined,
  version: 0,
  moment: undefined,
  item: undefined,
  call: undefined,
  flames: FIRST_FLAMES,
  window: undefined,
  heights: {},
  axis: 'event',
  clock: undefined,
};
