/** What stays behind, in words: each sentence names the iterations that it was seen in. */
import {formatBytes, formatCount, plural} from '../model/quantities.ts';
import {FEWEST_ITERATIONS, type JudgedCurve, type LeakSite, type Leaks, STRONG, WEAK} from './leaks.ts';
import {type Chance, oneIn} from './trend.ts';

/** Rarer chances are not told apart. */
const MOST_ORDERS = 1_000_000_000n;

/** `in the 7 whole iterations recorded`, `in the last 64 of 70 whole iterations recorded`. */
export function describeLeakScope({whole, iterations}: Leaks): string {
  if (iterations.length < whole)
    return `in the last ${formatCount(iterations.length)} of ${plural(whole, 'whole iteration')} recorded`;
  return whole === 1
    ? 'in the one whole iteration recorded'
    : `in the ${plural(whole, 'whole iteration')} recorded`;
}

/** The sites that grow, strong trends first. */
export function growingSites({sites}: Leaks): LeakSite[] {
  return sites.filter(({pattern}) => pattern === 'grows');
}

/** The first thing to say: what grows, or why nothing can be said. */
export function describeLeaks(leaks: Leaks): string {
  const scope = describeLeakScope(leaks);
  if (leaks.whole === 0)
    return 'the recording has no whole iteration, so what stays behind from one to the next is not known';
  if (leaks.iterations.length < FEWEST_ITERATIONS)
    return `${scope}, fewer than ${FEWEST_ITERATIONS}, growth cannot be told from chance: ${describeDifference(leaks.total)}`;
  const growing = growingSites(leaks);
  const [worst] = growing;
  if (!worst) return `${scope}, no site grows with a trend: ${describeDifference(leaks.total)}`;
  const strong = growing.filter(({level}) => level === 'strong').length;
  const weak = growing.length - strong;
  const counts = [
    ...(strong > 0 ? [`${plural(strong, 'site')} ${verb(strong)} with a strong trend`] : []),
    ...(weak > 0 ? [`${plural(weak, 'site')} with a weak one`] : []),
  ];
  return `${scope}, ${counts.join(' and ')}: ${describeDifference(leaks.total)}`;
}

const verb = (count: number): string => (count === 1 ? 'grows' : 'grow');

function describeDifference({grown}: JudgedCurve): string {
  if (grown === 0) return 'as many bytes are live after the last of them as after the first';
  return `${formatBytes(Math.abs(grown))} ${grown > 0 ? 'more' : 'less'} are live after the last of them than after the first`;
}

/** What the levels mean, for the number of sites that change. */
export function describeLevels({changing}: Leaks): string {
  return `A trend is strong if, with each order of a site's bytes equally likely, one as strong would come at ${changing === 1 ? 'the one site that changes' : `one of the ${formatCount(changing)} sites that change`} in at most 1 of ${STRONG} recordings, and weak in at most 1 of ${WEAK}. Growth per iteration is the median over all pairs of iterations, so the figures of sites need not add up; the differences between first and last do.`;
}

/** What the recording lacks, and what is therefore not known. */
export function describeMissing({isTruncated, isCut}: Pick<Leaks, 'isTruncated' | 'isCut'>): string[] {
  return [
    ...(isTruncated
      ? [
          'The beginning of the recording is lost, since the buffer of the recorder was full: blocks from before have no site, and what grew before is not known.',
        ]
      : []),
    ...(isCut ? ['The file ends before the recording did: what came after is not known.'] : []),
  ];
}

/** How to have iterations. */
export const HOW_TO_MARK =
  "Iterations come from marks, ProfilerStep annotations, an annotation that repeats, the ends of Optimizer.step, or an exact period that leaves nothing behind. In PyTorch, put torch.profiler.record_function('step') around each step.";

/** `at most 1 in 5,040`. */
export function describeChance(chance: Chance): string {
  const parts = oneIn(chance);
  return `at most 1 in ${formatCount(Number(parts > MOST_ORDERS ? MOST_ORDERS : parts))}`;
}

/** What a site does, e.g. `grows: 21 of 21 pairs of iterations rise more than fall, by chance at most 1 in 5,040`. */
export function describePattern(site: JudgedCurve & {readonly lag?: number | null}): string {
  const {pattern, level, rises, pairs, chance, restsFrom, lag} = site;
  switch (pattern) {
    case 'grows':
      return `${level} trend: rising less falling pairs of iterations are ${formatCount(rises)} of ${formatCount(pairs)}, by chance alone ${describeChance(chance!)}`;
    case 'settled':
      return `rose at first, unchanged since iteration ${restsFrom}`;
    case 'held':
      return `each block is freed within ${plural(lag ?? 0, 'iteration')}`;
    case 'steady':
      return 'the same after each iteration';
    case 'varies':
      return 'changes without a trend';
    case 'unknown':
      return `changes; ${FEWEST_ITERATIONS} iterations are needed to tell a trend from chance`;
  }
}

/** `model.py:12 forward, aten::cat`; `unknown` where the recording does not say. */
export function nameOfSite({site}: {readonly site: LeakSite['site']}): string {
  const {name, operation} = site;
  if (name === '') return operation || 'unknown';
  return operation === '' || operation === name ? name : `${name}, ${operation}`;
}
