/** The tables: a row for a solver on an instance, and a row for a peer over a group. */
import {geometricMean, inSeconds} from '../measure.ts';
import type {Score} from './rounds.ts';
import type {Task} from './tasks.ts';

export const HEAD = [
  'instance',
  'n',
  'solver',
  'process s',
  'solve s',
  'warm s',
  'peak',
  'peak ÷ bound',
  'proven',
  'process ÷ ours',
  'solve ÷ ours',
  'warm ÷ ours',
  'failed',
];
export const SUMMARY_HEAD = [
  'peer',
  'valid plans',
  'as small',
  'process s, ours',
  '÷ ours',
  'solve s, ours',
  '÷ ours',
  'warm s, ours',
  '÷ ours',
  'peak ÷ ours',
];

const CLOCKS = ['process', 'solve', 'warm'] as const;
type Clock = (typeof CLOCKS)[number];
const NONE = '–';

/** All solvers' scores on one instance, ours first. */
export interface Comparison {
  readonly task: Task;
  readonly scores: readonly Score[];
}

export function rowsOf({task, scores}: Comparison): (string | number)[][] {
  return scores.map(score => rowOf(task, score, scores[0]!));
}

function rowOf(task: Task, score: Score, ours: Score): (string | number)[] {
  const start = [task.name, task.problem.count, score.solver];
  if (score.failed !== undefined) return [...start, ...HEAD.slice(4).map(() => NONE), score.failed];
  const seconds = CLOCKS.map(clock => (score[clock] === undefined ? NONE : inSeconds(score[clock])));
  const ratios = CLOCKS.map(clock => {
    const ratio = isEqual(task, score, ours) ? ratioOf(score, ours, clock) : undefined;
    return ratio === undefined ? NONE : ratioText(ratio);
  });
  const peak = score.isClaimed === true ? `${score.peak}, no plan` : score.peak;
  const proven = score.isProven === true ? 'yes' : 'no';
  return [...start, ...seconds, peak, (score.peak / task.bound).toFixed(5), proven, ...ratios, NONE];
}

/** Two digits that count, or more. */
const ratioText = (ratio: number) =>
  ratio >= 10 ? ratio.toFixed(0) : ratio >= 0.1 ? ratio.toFixed(2) : String(Number(ratio.toPrecision(2)));

/** Whether times may be compared: two valid plans within the capacity, or of one peak. */
function isEqual({capacity}: Task, score: Score, ours: Score): boolean {
  if (!isValid(score) || !isValid(ours)) return false;
  return capacity !== undefined || score.peak === ours.peak;
}

const isValid = ({failed, isClaimed}: Score) => failed === undefined && isClaimed !== true;

function ratioOf(score: Score, ours: Score, clock: Clock): number | undefined {
  const [theirs, own] = [score[clock], ours[clock]];
  return theirs === undefined || own === undefined ? undefined : theirs / own;
}

/** A peer over a group: sums of seconds and geometric means of ratios where its plan is as good as ours. */
export function summaryOf(peer: string, comparisons: readonly Comparison[]): string[] {
  const pairs = comparisons.flatMap(({task, scores}) => {
    const score = scores.find(({solver}) => solver === peer);
    return score === undefined ? [] : [{task, score, ours: scores[0]!}];
  });
  const valid = pairs.filter(({score, ours}) => isValid(score) && isValid(ours));
  const equal = valid.filter(({task, score, ours}) => isEqual(task, score, ours));
  const clocks = CLOCKS.flatMap(clock => {
    const timed = equal.filter(({score, ours}) => ratioOf(score, ours, clock) !== undefined);
    if (timed.length === 0) return [NONE, NONE];
    const sum = (which: 'score' | 'ours') =>
      inSeconds(timed.reduce((total, pair) => total + pair[which][clock]!, 0));
    const ratio = geometricMean(timed.map(({score, ours}) => ratioOf(score, ours, clock)!));
    return [`${sum('score')}, ${sum('ours')}`, ratioText(ratio)];
  });
  const peak = geometricMean(valid.map(({score, ours}) => score.peak / ours.peak));
  return [
    peer,
    `${pairs.filter(({score}) => isValid(score)).length} of ${pairs.length}`,
    `${equal.length}`,
    ...clocks,
    valid.length === 0 ? NONE : peak.toFixed(5),
  ];
}
