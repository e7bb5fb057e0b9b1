/** How memory behaves, as pictures and sentences; only those that the recording has data for. */

import {formatBytes, formatCount, plural} from '../../bindings/model/quantities.ts';
import {isEmpty, type Picture} from '../../bindings/pictures/index.ts';
import {behaviourPictures} from '../../bindings/report/views.ts';
import {type BehaviourReport, type Imported, type Iterations, reportBehaviour} from '../../bindings/trace.ts';

export interface Behaviour {
  readonly pictures: readonly Picture[];
  readonly lines: readonly string[];
}

/** @param found the iterations of the device. */
export function behaviourOf(imported: Imported, device: number, found: Iterations): Behaviour {
  if (imported.kind === 'problem') return {pictures: [], lines: []};
  const {trace} = imported;
  const report = reportBehaviour(trace, device, {}, found);
  const pictures = behaviourPictures(trace, device, report, found).filter(picture => !isEmpty(picture));
  return {pictures, lines: linesOf(report, found)};
}

function linesOf(report: BehaviourReport, found: Iterations): string[] {
  const {lifetimes, stability, reads, writes, blocksPerIteration} = report;
  const {persistent, within, across} = lifetimes;
  const sizes = ({blocks, bytes}: {blocks: number; bytes: number}) =>
    `${plural(blocks, 'block')}, ${formatBytes(bytes)}`;
  return [
    found.source === 'none'
      ? 'Iterations: none found, nothing repeats.'
      : `Iterations: ${found.iterations.length}, found from ${SOURCES[found.source]}; ${formatCount(blocksPerIteration.at(-1) ?? 0)} blocks in the last.`,
    `Through all of it: ${sizes(persistent)}. Within one iteration: ${sizes(within)}. Across iterations: ${sizes(across)}.`,
    ...(stability.compared > 1
      ? [
          `${formatCount(stability.majority)} of ${formatCount(stability.compared)} whole iterations do the same; from the first to the end of the last ${formatBytes(stability.growth)} more are live.`,
        ]
      : []),
    reads + writes > 0
      ? `Accesses: ${plural(reads, 'read')}, ${plural(writes, 'write')}.`
      : 'No reads and writes were recorded, so how long blocks are left alone is not known.',
  ];
}

const SOURCES = {
  'profiler-step': 'ProfilerStep annotations',
  mark: 'marks in the log',
  annotation: 'an annotation that repeats',
  optimizer: 'the steps of the optimizer',
  period: 'their period',
} as const;
