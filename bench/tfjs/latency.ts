/** Planned and unplanned in turns, and a confidence interval of their ratio. */
import {median} from '../measure.ts';

/** Milliseconds per call, by round. */
export interface Turns {
  readonly unplanned: number[];
  readonly planned: number[];
}

/** One way of running, set up for each turn. */
type Arm = () => {run(): void; end(): unknown};

export interface Interval {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Calls before the timed ones of a turn. */
const WARM_UP = 3;
/** Milliseconds that a turn takes, about. */
const TURN = 150;

/** Rounds of one turn each; the first arm changes from round to round. */
export function takeTurns(arms: Readonly<Record<keyof Turns, Arm>>, rounds: number): Turns {
  const turns: Turns = {unplanned: [], planned: []};
  const calls = Math.max(3, Math.ceil(TURN / timeTurn(arms.unplanned, 3)));
  for (let round = 0; round < rounds; round++) {
    const order = ['unplanned', 'planned'] as const;
    for (const name of round % 2 === 0 ? order : [...order].reverse()) {
      turns[name].push(timeTurn(arms[name], calls));
    }
  }
  return turns;
}

/** Milliseconds per call. */
function timeTurn(arm: Arm, calls: number): number {
  const {run, end} = arm();
  for (let i = 0; i < WARM_UP; i++) run();
  const began = performance.now();
  for (let i = 0; i < calls; i++) run();
  const took = (performance.now() - began) / calls;
  end();
  return took;
}

/**
 * The median of the ratios planned ÷ unplanned within the rounds, and two of the ratios that enclose the true median
 * with at least 95 % confidence, for any distribution: the number of ratios below the median is binomial.
 */
export function ratioOf({planned, unplanned}: Turns): Interval {
  const ratios = planned.map((time, round) => time / unplanned[round]!).sort((a, b) => a - b);
  const count = ratios.length;
  let outside = 2 ** -count; // probability that none is below the median
  let cut = 0;
  for (let term = outside; 2 * (outside + (term * (count - cut)) / (cut + 1)) <= 0.05; cut++) {
    term = (term * (count - cut)) / (cut + 1);
    outside += term;
  }
  return {middle: median(ratios), low: ratios[cut]!, high: ratios[count - 1 - cut]!};
}
