/** The calls of a report as flame graphs: at the peak of all that was recorded, and by bytes × lifetime. */
import {
  type CallItems,
  type CallPaths,
  callSums,
  callTree,
  problemCalls,
  problemItems,
  traceCalls,
  traceItems,
} from '../calls/index.ts';
import {recordingPeak} from '../evidence/index.ts';
import {flameColours, flamesPicture, type Picture} from '../pictures/index.ts';
import type {ReportInput} from './input.ts';

const MEASURES = ['peak', 'byte-time'] as const;

/** None where nothing is known of the calls. @param device index into `Trace.devices`. */
export function flamesOf({trace, problem, read}: ReportInput, device: number): Picture[] {
  if (!trace) return picturesOf(problemCalls(problem, read?.operations, 'module'), problemItems(problem));
  const {event, failedRequest} = recordingPeak(trace, device);
  const failed = failedRequest > 0 ? {failed: {moment: event - 1, bytes: failedRequest}} : {};
  return picturesOf(traceCalls(trace, device), traceItems(trace, device, failed));
}

function picturesOf(paths: CallPaths, items: CallItems): Picture[] {
  if (paths.calls.every(({name}) => name === '')) return [];
  const tree = callTree(
    paths,
    items.extras.map(({call}) => call),
  );
  const all = MEASURES.map(measure => callSums(tree, items, measure));
  const colours = flameColours(tree, all[1]!.values);
  return all.map(sums => flamesPicture({tree, sums, items, colours}));
}
