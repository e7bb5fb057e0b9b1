/** Why a plan needs its bytes: lines for a person, and the `explanation` of `stowage.plan/1`. */
import type {BoundBuffer, Change, ChangeKind, ExplainedBuffer, PeakExplanation} from '../../index.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {type ChosenProblem, operationOf} from '../planning/chosen-problem.ts';

/** Documented in `docs/plan-json.md`. */
export interface ExplanationJson {
  readonly bound: {
    readonly start: number;
    readonly end: number;
    readonly bytes: number;
    readonly overhead: number;
    readonly pinned: number | null;
  };
  readonly peak: {
    readonly start: number;
    readonly end: number;
    readonly bytes: number;
    readonly lost: number;
    readonly tops: readonly BufferJson[];
  } | null;
  readonly buffers: readonly (BufferJson & {
    readonly share: number;
    readonly changes?: readonly ChangeJson[];
  })[];
  readonly best: {readonly index: number; readonly kind: ChangeKind} | null;
}

interface BufferJson extends ExplainedBuffer {
  readonly block: number | null;
  readonly operation: string | null;
}

interface ChangeJson {
  readonly kind: ChangeKind;
  readonly size: number;
  readonly tick: number | null;
  readonly lowerBound: number;
  readonly start: number;
  readonly end: number;
  readonly peak: number | null;
}

export function explanationJson(
  {bound, peak, buffers, best}: PeakExplanation,
  chosen: ChosenProblem,
): ExplanationJson {
  const bufferJson = ({index, id, size, start, end}: ExplainedBuffer): BufferJson => ({
    ...{index, id, size, start, end},
    block: chosen.step?.blocks[index] ?? null,
    operation: operationOf(chosen, index) ?? null,
  });
  const {start, end, bytes, overhead, pinned = null} = bound;
  return {
    bound: {start, end, bytes, overhead, pinned},
    peak: peak
      ? {
          start: peak.start,
          end: peak.end,
          bytes: peak.bytes,
          lost: peak.lost,
          tops: peak.tops.map(bufferJson),
        }
      : null,
    buffers: buffers.map(buffer => ({
      ...bufferJson(buffer),
      share: buffer.share,
      ...(buffer.changes ? {changes: buffer.changes.map(changeJson)} : {}),
    })),
    best: best ? {index: best.index, kind: best.change.kind} : null,
  };
}

function changeJson({kind, size, tick, lowerBound, start, end, peak}: Change): ChangeJson {
  return {kind, size, tick: tick ?? null, lowerBound, start, end, peak: peak ?? null};
}

/** So many of the buffers that reach the peak are named. */
const MOST_TOPS = 3;

/** Lines below those of the plan: both instants, the largest buffers with their changes, the best change. */
export function explanationLines(explanation: PeakExplanation, chosen: ChosenProblem): string[] {
  const {buffers, best} = explanation;
  const changed = buffers.filter(({changes}) => changes !== undefined);
  const rest = buffers.filter(({changes}) => changes === undefined);
  const restBytes = rest.reduce((sum, {size}) => sum + size, 0);
  return [
    '',
    `bound at     ${describeBound(explanation, chosen)}`,
    `peak at      ${describePeak(explanation, chosen)}`,
    `best change  ${best ? describeBest(best, buffers, explanation) : 'none: no single change lowers the lower bound'}`,
    ...changed.flatMap(buffer => describeBuffer(buffer, explanation, chosen)),
    ...(rest.length > 0 ? [`and ${plural(rest.length, 'more buffer')}: ${formatBytes(restBytes)}`] : []),
  ];
}

function ticks({start, end}: {readonly start: number; readonly end: number}): string {
  return `ticks ${formatCount(start)} to ${formatCount(end)}`;
}

function describeBound({bound, buffers}: PeakExplanation, chosen: ChosenProblem): string {
  if (buffers.length === 0) return 'no tick: no buffer has a size and a lifetime';
  const load = `${ticks(bound)}: ${formatBytes(bound.bytes)} in ${plural(buffers.length, 'buffer')}`;
  if (bound.pinned !== undefined) {
    const pinned = buffers.find(({index}) => index === bound.pinned)!;
    return `${load}; the fixed offset of ${name(pinned, chosen)} adds ${formatBytes(bound.overhead)}`;
  }
  return bound.overhead > 0 ? `${load}, plus ${formatBytes(bound.overhead)} for alignment` : load;
}

function describePeak({peak}: PeakExplanation, chosen: ChosenProblem): string {
  if (!peak) return 'no tick: there is no plan';
  if (peak.tops.length === 0) return 'no tick: no buffer is ever live';
  const named = peak.tops.slice(0, MOST_TOPS).map(buffer => name(buffer, chosen));
  const more = peak.tops.length - named.length;
  const all = more > 0 ? `${named.join(', ')} and ${formatCount(more)} more` : named.join(', ');
  return `${ticks(peak)}: ${all} on top; ${formatBytes(peak.bytes)} live, ${formatBytes(peak.lost)} unused below it`;
}

function describeBest(
  {index, change}: NonNullable<PeakExplanation['best']>,
  buffers: readonly BoundBuffer[],
  {bound}: PeakExplanation,
): string {
  const {id} = buffers.find(buffer => buffer.index === index)!;
  const less = bound.lowerBound - change.lowerBound;
  return `"${id}" ${describeKind(change)}: lower bound ${formatBytes(change.lowerBound)}, ${formatBytes(less)} less`;
}

function describeBuffer(
  buffer: BoundBuffer,
  {bound, peak}: PeakExplanation,
  chosen: ChosenProblem,
): string[] {
  const share = `${(buffer.share * 100).toFixed(1)} % of the live bytes`;
  const was = {lowerBound: bound.lowerBound, peak: peak?.peak};
  return [
    `${name(buffer, chosen)}: ${formatBytes(buffer.size)}, ${share}, ${ticks(buffer)}`,
    ...buffer.changes!.map(change => `  ${describeKind(change)}: ${describeChange(change, was)}`),
  ];
}

/** Bytes before the change. */
interface Was {
  readonly lowerBound: number;
  readonly peak: number | undefined;
}

function describeChange(change: Change, was: Was): string {
  const size = change.lowerBound === was.lowerBound ? 'unchanged' : formatBytes(change.lowerBound);
  const bound = `lower bound ${size}, at ${ticks(change)}`;
  if (change.peak === undefined) return bound;
  if (change.peak !== was.peak) return `${bound}; peak ${formatBytes(change.peak)}`;
  return `${bound}; ${change.peak === change.lowerBound ? 'peak unchanged' : 'no smaller plan found'}`;
}

function describeKind({kind, size, tick}: Change): string {
  if (kind === 'gone') return 'removed';
  if (kind === 'half') return `half the size, ${formatCount(size)} B`;
  return `${kind === 'ends-earlier' ? 'ending' : 'beginning'} at tick ${formatCount(tick!)}`;
}

/** `"b12" (aten::conv2d)`. */
function name({id, index}: ExplainedBuffer, chosen: ChosenProblem): string {
  const operation = operationOf(chosen, index);
  return operation ? `"${id}" (${operation})` : `"${id}"`;
}
