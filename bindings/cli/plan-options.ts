/** The options that all commands share which plan one problem, and what they end with. */
import {type Command, Option} from 'commander';
import {ALGORITHMS, type Plan} from '../index.ts';
import {EXIT} from './exit.ts';
import {withBudget} from './options.ts';
import {parseBytes} from './quantities.ts';
import type {SolveOptions} from './solve-task.ts';
import type {Choice} from './task.ts';

/** Options of a command that plans, parsed. */
export interface PlanningOptions extends Choice, SolveOptions {}

export function withPlanning(command: Command): Command {
  command
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
    .option('--minimize', 'go on below the capacity, for the smallest peak');
  return withBudget(command);
}

/** What a plan ends the command with. */
export function exitCodeOf(plan: Plan): number {
  if (plan.status === 'infeasible') return EXIT.infeasible;
  return plan.status === 'unknown' ? EXIT.notFound : EXIT.ok;
}

/** The capacity that was given, for what checks a plan. */
export function capacityOf({capacity}: SolveOptions): {readonly capacity?: number} {
  return capacity === undefined ? {} : {capacity};
}
