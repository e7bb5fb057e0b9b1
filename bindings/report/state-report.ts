/** The report of a snapshot without events: the state of its allocator at the end, and nothing about its course. */
import {endGroups, knownEndGroups} from '../behaviour/end-groups.ts';
import {formatBytes, formatShortBytes, plural} from '../model/quantities.ts';
import {endGroupsPicture, type Picture, segmentsPicture} from '../pictures/index.ts';
import {describeEndState, type EndState, endState, HOW_TO_RECORD} from '../trace/cuda-end-state.ts';
import type {Trace} from '../trace/trace.ts';
import type {Answer} from './answer.ts';
import {filePage, pageHtml} from './html.ts';
import {pictureJson} from './json.ts';
import {recordedSegments} from './needs.ts';

export interface StateReport {
  readonly file: string;
  readonly format: string;
  readonly device: string;
  readonly state: EndState;
  readonly answers: readonly Answer[];
  readonly pictures: readonly Picture[];
  readonly warnings: readonly string[];
}

/** Undefined where the trace holds no segments of the device. */
export function makeStateReport(
  {file, format, trace}: {readonly file: string; readonly format: string; readonly trace: Trace},
  device: number,
): StateReport | undefined {
  const state = endState(trace, device);
  const segments = recordedSegments(trace, device);
  if (!state || !segments) return undefined;
  const known = knownEndGroups(trace, device).filter(
    by => by === 'operation' || by === 'frame' || (by === 'pool' && state.parts.length > 1),
  );
  return {
    file,
    format,
    device: trace.devices[device]!.name,
    state,
    answers: answersOf(trace, device, state),
    pictures: [
      segmentsPicture(segments, 'at the end of the recording'),
      ...known.map(by => endGroupsPicture(endGroups(trace, device, by), by)),
    ],
    warnings: trace.warnings,
  };
}

function answersOf(trace: Trace, device: number, state: EndState): Answer[] {
  const {reserved, fragmented, blocks} = state;
  const [sums, free, ...more] = describeEndState(state);
  const by = knownEndGroups(trace, device).find(one => one === 'frame') ?? 'block';
  const [largest] = endGroups(trace, device, by);
  return [
    {
      question: 'How much does the allocator hold at the end?',
      answer: formatShortBytes(reserved),
      detail: `At the end of the recording: ${sums}.`,
    },
    {
      question: 'How much of it is in no block?',
      answer: fragmented < 0 ? 'Not known' : formatShortBytes(fragmented),
      detail: `At the end of the recording: ${[free, ...more].join('; ')}.`,
    },
    ...(largest
      ? [
          {
            question: 'What holds most at the end?',
            answer: largest.name || 'Not recorded',
            detail: `${formatBytes(largest.bytes)} of the ${formatBytes(blocks.bytes)} in use at the end, in ${plural(largest.blocks, 'block')}.`,
          },
        ]
      : []),
    {
      question: 'How large was the peak, and how small could it be?',
      answer: 'Not recorded',
      detail: `That needs the events: ${HOW_TO_RECORD}, and record again.`,
    },
  ];
}

export function stateReportHtml({
  file,
  format,
  device,
  ...page
}: StateReport): Generator<string, void, undefined> {
  return pageHtml({
    ...filePage(file),
    source: `${format}; the state of ${device} at the end of the recording`,
    ...page,
  });
}

/** The `stowage.report/1` contract with `state` in place of the plan. */
export function stateReportJson({
  file,
  format,
  device,
  state,
  answers,
  pictures,
  warnings,
}: StateReport): object {
  return {
    schema: 'stowage.report/1',
    source: {file, format, iteration: null, lifetimes: null, device},
    state,
    answers,
    pictures: pictures.map(pictureJson),
    warnings,
  };
}
