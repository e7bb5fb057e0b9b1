/** How the commands that plan are told what to run and for how long. */
import {type Command, Option} from 'commander';
import {ALGORITHMS, type Algorithm, type AsyncPlanOptions} from '../index.ts';
import {parseBytes, parseDuration, parseInteger} from './quantities.ts';

/** Options that choose what is run, parsed. */
export interface Planning {
  readonly algorithm?: Algorithm;
  readonly capacity?: number;
  readonly alignment?: number;
  readonly minimize?: boolean;
  readonly timeLimit?: number;
  readonly nodeLimit?: number;
  readonly threads?: number;
  readonly seed?: number;
}

export function withPlanning(command: Command): Command {
  return command
    .addOption(
      new Option('--algorithm <NAME>', 'what to run')
        .choices(ALGORITHMS as readonly string[])
        .default('auto'),
    )
    .option(
      '--capacity <BYTES>',
      'stop at the first verified plan that fits, e.g. 1048576 or 1MiB',
      parseBytes,
    )
    .option('--minimize', 'go on below the capacity, for the smallest peak')
    .option('--time-limit <TIME>', 'e.g. 10s, 500ms; one plan is always made', parseDuration)
    .option(
      '--node-limit <N>',
      'buffers placed, over all attempts; the plan is then the same everywhere',
      parseInteger(1),
    )
    .option('--threads <N>', 'threads to plan on at most (default: 1)', parseInteger(1))
    .option('--seed <N>', 'for what is random (default: 1)', parseInteger(0));
}

/** What the planner takes, but for threads, which explaining has no use for. */
export function planOptions(options: Planning): Omit<AsyncPlanOptions, 'signal' | 'threads' | 'onProgress'> {
  const {algorithm, capacity, alignment, minimize, seed, nodeLimit, timeLimit} = options;
  return {
    ...(algorithm === undefined ? {} : {algorithm}),
    ...(capacity === undefined ? {} : {capacity}),
    ...(alignment === undefined ? {} : {alignment}),
    ...(minimize === undefined ? {} : {minimize}),
    ...(seed === undefined ? {} : {seed}),
    ...(nodeLimit === undefined ? {} : {nodeLimit}),
    ...(timeLimit === undefined ? {} : {timeLimitMs: timeLimit}),
  };
}

/** The capacity that was given, for what checks a plan. */
export function capacityOf({capacity}: Planning): {readonly capacity?: number} {
  return capacity === undefined ? {} : {capacity};
}
