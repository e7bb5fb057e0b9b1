/** What limits are compared with: the parts of an input that are judged, and the figures of a baseline. */
import type {CheckedFigures, PlanTotals} from '../../trace.ts';
import type {Input} from '../io/input.ts';
import {type ChosenProblem, chooseProblem} from './chosen-problem.ts';
import type {ComparisonOptions} from './compared-file.ts';

/**
 * The whole recording, then its last whole iteration: a run fits where all of it does, though most of it is iterations. Only
 * what the user names is judged if that is one of them.
 */
export function judgedParts(input: Input, options: ComparisonOptions): ChosenProblem[] {
  const {iteration = 'auto'} = options;
  const chosen = chooseProblem(input, options);
  if (!chosen.step || iteration !== 'auto' || chosen.step.iteration === 'window') return [chosen];
  return [chooseProblem(input, {...options, iteration: 'window'}), chosen];
}

export function figuresOfBaseline({
  peak,
  persistentBytes,
  recordingBytes,
}: PlanTotals): NonNullable<CheckedFigures['baseline']> {
  return {
    peak: peak ?? 'the baseline has no peak: its fixed offsets collide',
    persistent: persistentBytes,
    ...(recordingBytes === undefined ? {} : {recording: recordingBytes}),
  };
}
