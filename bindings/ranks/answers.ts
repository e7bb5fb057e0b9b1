/** The usual first questions about a run, each answered in a sentence. */

import type {GroupChange} from '../compare/diff.ts';
import {formatBytes, formatCount, formatShortBytes, plural} from '../model/quantities.ts';
import type {Answer} from '../report/answer.ts';
import {rankName, rankNames} from './rank-text.ts';
import type {RankOutlier, Run} from './run.ts';

export function runAnswers(run: Run): Answer[] {
  return [
    whichLimits(run),
    howMuchRecoverable(run),
    whichDiffer(run),
    whichGrow(run),
    whichSetting(run),
    whatIsMissing(run),
  ];
}

/** Why it is this rank, what its bytes are, and with which ranks it is compared: as `limitOf` decides. */
const REASONS = {
  'failed-request': [
    'A request failed there',
    'live and requested together when the last one failed',
    'The next rank where one failed',
  ],
  reserved: ['No request failed, and it reserves most', 'reserved at most', 'The next rank'],
  peak: [
    'No request failed, reserved bytes are not known of all ranks, and its live peak is the highest',
    'live at most',
    'The next rank',
  ],
} as const;

function whichLimits({limit, ranks}: Run): Answer {
  const question = 'Which rank limits the run, and by which figure?';
  if (!limit)
    return {question, answer: 'Not known', detail: `None of ${plural(ranks.length, 'rank')} was analysed.`};
  const {file, reason, bytes, next} = limit;
  const [why, figure, others] = REASONS[reason];
  const rest = next === null ? '' : ` ${others} has ${formatBytes(next)}, ${formatBytes(bytes - next)} less.`;
  return {
    question,
    answer: `${capital(rankName(limit))}, ${formatShortBytes(bytes)}`,
    detail: `${why}: ${formatBytes(bytes)} ${figure}, in ${file}.${rest} Of the ranks that were analysed.`,
  };
}

function howMuchRecoverable({ranks}: Run): Answer {
  const question = 'How much is recoverable?';
  const known = ranks.filter(({recoverable}) => recoverable !== null);
  if (known.length === 0)
    return {
      question,
      answer: 'Not known',
      detail: 'No recording shows both what was reserved and a plan of all of it.',
    };
  const sum = known.reduce((total, {recoverable}) => total + recoverable!, 0);
  const most = known.reduce((a, b) => (b.recoverable! > a.recoverable! ? b : a));
  const proven = known.filter(({isProven}) => isProven).length;
  const unknown = ranks.length - known.length;
  return {
    question,
    answer: sum > 0 ? `At most ${formatShortBytes(most.recoverable!)} on one rank` : 'Nothing',
    detail: `Each of its whole recording: reserved less persistent blocks and the planned peak. Most on ${rankName(most)}: ${formatBytes(most.recoverable!)}. Over ${plural(known.length, 'rank')} ${formatBytes(sum)} in all; memory of one device does not help another.${unknown > 0 ? ` Not known of ${formatCount(unknown)}.` : ''} Of ${formatCount(proven)} it is proven that no smaller plan exists.`,
  };
}

function whichDiffer(run: Run): Answer {
  const question = 'Which ranks differ from their group, and by which operations?';
  const {groups} = run;
  const all = groups.flatMap(({name, outliers}) => outliers.map(outlier => ({name, outlier})));
  const grouped = groups.reduce((sum, {members}) => sum + members.length, 0);
  if (all.length === 0)
    return {
      question,
      answer: grouped === 0 ? 'Not known' : 'None',
      detail: `${plural(groups.length, 'group')} of ranks that allocate at the same places, as often: ${plural(grouped, 'rank')} in all.`,
    };
  const texts = all
    .slice(0, 3)
    .map(
      ({name, outlier}) =>
        `${rankName(run.ranks[outlier.rank]!)} (group ${name}): ${describeOutlier(outlier)}`,
    );
  const more = all.length > 3 ? ` ${plural(all.length - 3, 'more rank')} below.` : '';
  return {
    question,
    answer: `${plural(all.length, 'rank')} of ${formatCount(grouped)}`,
    detail: `${texts.join('. ')}.${more}`,
  };
}

/** `reserved, peak; most by aten::conv2d, +20 MiB live at the peak`. */
export function describeOutlier({reasons, operations}: RankOutlier): string {
  const [first] = operations;
  const by = first ? `; most by ${first.name || 'unknown operations'}, ${describeChange(first)}` : '';
  return `${reasons.join(', ')}${by}`;
}

/** At the peak where that differs: groups of operations are sorted by it. */
export function describeChange({before, after}: GroupChange): string {
  const live = after.liveBytes - before.liveBytes;
  return live === 0
    ? `${formatChange(after.bytes - before.bytes)} in all blocks of the window`
    : `${formatChange(live)} live at the peak`;
}

/** `+1.5 MiB`, `−3 KiB`. */
export function formatChange(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${formatShortBytes(Math.abs(bytes))}`;
}

function whichGrow(run: Run): Answer {
  const question = 'Which ranks grow from iteration to iteration?';
  const {ranks} = run;
  const known = ranks.filter(({growth}) => growth !== null).length;
  const few = ranks.length - known;
  const rest =
    few > 0
      ? ` Not known of ${plural(few, 'rank')}: fewer than three whole iterations, or not analysed.`
      : '';
  const growing = ranks.flatMap(({growth}, index) =>
    growth !== null && growth > 0 ? [{index, growth}] : [],
  );
  if (growing.length === 0)
    return {
      question,
      answer: known === 0 ? 'Not known' : 'None',
      detail:
        `${known === 0 ? '' : `Of ${plural(known, 'rank')}, in the iterations that were recorded.`}${rest}`.trim(),
    };
  growing.sort((a, b) => b.growth - a.growth || a.index - b.index);
  const worst = growing[0]!;
  return {
    question,
    answer: `${plural(growing.length, 'rank')} of ${formatCount(known)}`,
    detail: `${capital(
      rankNames(
        run,
        growing.map(({index}) => index),
      ),
    )}. Most: ${rankName(ranks[worst.index]!)}, where ${formatBytes(worst.growth)} stay behind per iteration.${rest}`,
  };
}

function whichSetting({setting, limit, ranks}: Run): Answer {
  const question = 'Which setting helps the rank that limits the run?';
  const {planned} = ranks.find(({file}) => file === limit?.file) ?? {planned: null};
  if (!setting)
    return {
      question,
      answer: planned === null ? 'Not known' : 'None is known',
      detail:
        'A model of the allocator, replayed on the recording of that rank, knows none that reserves less or serves a request that failed; or the recording does not show what was reserved.',
    };
  const {allocator, reserved, failed, served, file, recorded} = setting;
  const requests = served > 0 ? ` It serves ${plural(served, 'request')} that failed.` : '';
  const left = failed > 0 ? ` ${plural(failed, 'request')} would still fail.` : '';
  return {
    question,
    answer: allocator,
    detail: `It would reserve ${formatBytes(reserved)} in place of ${formatBytes(recorded)}, according to a model of the allocator, replayed on ${file}.${requests}${left} It was not tried on other ranks.`,
  };
}

function whatIsMissing({ranks, missing}: Run): Answer {
  const question = 'What is missing?';
  const failed = ranks.filter(({failure}) => failure !== null);
  const {shares, files} = missing;
  const parts = [
    ...(shares.length > 0
      ? [
          `${plural(shares.length, 'share')} ${shares.length === 1 ? 'has' : 'have'} not begun: ${few(shares.map(String))}`,
        ]
      : []),
    ...(files.length > 0
      ? [
          `${plural(files.length, 'file')} ${files.length === 1 ? 'has' : 'have'} no result yet: ${few(files)}`,
        ]
      : []),
    ...(failed.length > 0
      ? [
          `${plural(failed.length, 'file')} could not be analysed: ${few(failed.map(({file, failure}) => `${file} (${failure})`))}`,
        ]
      : []),
  ];
  return {
    question,
    answer:
      parts.length === 0
        ? 'Nothing'
        : [
            ...(shares.length > 0 ? [plural(shares.length, 'share')] : []),
            ...(files.length + failed.length > 0 ? [plural(files.length + failed.length, 'file')] : []),
          ].join(', '),
    detail:
      parts.length === 0
        ? `Every file of the batch has a result: ${plural(ranks.length, 'rank')}.`
        : `${parts.join('. ')}. All figures here are of the other ranks.`,
  };
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, names.length > 4 ? 3 : 4);
  const left = names.length - shown.length;
  return `${shown.join(', ')}${left > 0 ? ` and ${formatCount(left)} more` : ''}`;
}

const capital = (text: string) => (text.startsWith('rank ') ? `R${text.slice(1)}` : text);
