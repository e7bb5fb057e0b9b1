/** How the streams of a plan are ordered, as lines of text. */
import {formatCount} from '../../model/quantities.ts';
import {describeConcurrency, type StepProblem, type Trace, timelineOf} from '../../trace.ts';

/** Absent for one stream whose blocks no other uses. */
export function streamLine(trace: Trace, device: number, {rules, concurrency}: StepProblem): string[] {
  const {streams} = timelineOf(trace, device).parts('apart');
  if (concurrency) return [`streams      ${describeConcurrency(concurrency)}`];
  if (streams < 2) return [];
  const rule =
    rules.streams === 'together'
      ? 'together: wherever the plan hands bytes from one to another, its server must make the streams wait'
      : 'no waits recorded: kept apart';
  return [`streams      ${formatCount(streams)}; ${rule}`];
}
