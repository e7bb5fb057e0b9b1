/** The interface of a solver, and readers of the reports that solvers write. */
import {existsSync, readFileSync} from 'node:fs';
import type {Task} from './tasks.ts';

/** The files of a run and its limits. */
export interface Run {
  readonly task: Task;
  readonly out: string;
  /** A file for the report of the run, apart from the plan. */
  readonly report: string;
  readonly seconds: number;
  readonly threads: number;
  /** Seconds to repeat the solving for, in the same process; 0 for one run. */
  readonly warm: number;
}

/** The report of a solver on its run; times in seconds. */
export interface Report {
  /** Of solving alone. */
  readonly solve?: number;
  /** The least of the runs after the first in one process. */
  readonly warm?: number;
  /** Whether it says that no plan is smaller. */
  readonly isProven?: boolean;
  /** A peak in bytes that it states without a plan: nothing to verify. */
  readonly claimed?: number;
}

export interface Solver {
  readonly name: string;
  /** Its version, threads, limits and conversions, for the reader of the table. */
  readonly about?: string;
  /** It cannot be asked to keep to a capacity: it has no row where one is given. */
  readonly onlyMinimises?: boolean;
  /** Makes the files that it alone needs. */
  prepare?(task: Task): void;
  /** The line for the shell. */
  command(run: Run): string;
  /** The report of a run that ended well; `said` is the end of its stderr. */
  reportOf(run: Run, said: string): Report;
  /** Seconds that its process may need in addition, to start, read and write; 0 where absent. */
  readonly grace?: number;
  /** Whether `command` honours `warm`. */
  readonly isRepeated?: boolean;
  /** Seconds of a repeated run where the bench itself does it. */
  warmSeconds?(task: Task, seconds: number): number | undefined;
}

/** The JSON that the adapters write; nothing where it is missing or is no JSON. */
export function adapterReport({report}: Run): Report {
  const said = readJson<{solve: number; warm: readonly number[]; proven: boolean}>(report);
  if (said === undefined) return {};
  const warm = said.warm.length === 0 ? {} : {warm: Math.min(...said.warm)};
  return {solve: said.solve, isProven: said.proven, ...warm};
}

export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

export const readText = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
