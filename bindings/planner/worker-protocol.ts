/** What a thread of `crew.ts` does: a station that is told its problem, then batch after batch of tasks. */
import {type CoreSource, keepProblem} from '../core/core.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {type Report, Station, type Task} from './executor.ts';
import type {Port} from './thread.ts';

/** The first message to a worker. */
export interface Begin {
  readonly columns: ProblemColumns;
  readonly alignment: number | undefined;
  /** A compiled core, where the planner was given one. */
  readonly module: WebAssembly.Module | undefined;
}

/** Every further one. */
export interface Batch {
  readonly tasks: readonly Task[];
}

/** What a worker answers to a batch. Errors lose their class between threads. */
export type Answer =
  | {readonly reports: readonly Report[]}
  | {readonly error: {readonly name: string; readonly message: string}};

/** Answers what comes by the port. `sourceOf`: the core of a thread that is told this. */
export function work(port: Port, sourceOf: (begin: Begin) => CoreSource): void {
  let perform: ((tasks: readonly Task[]) => Report[]) | undefined;
  port.listen(message => {
    try {
      perform ??= performer(message as Begin, sourceOf);
      if (!('tasks' in (message as object))) return;
      const reports = perform((message as Batch).tasks);
      const transfer = reports.flatMap(({found}) => (found ? [found.offsets.buffer as ArrayBuffer] : []));
      port.post({reports} satisfies Answer, transfer);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      port.post({error: {name: error.name, message: error.message}} satisfies Answer, []);
    }
  });
}

function performer(
  begin: Begin,
  sourceOf: (begin: Begin) => CoreSource,
): (tasks: readonly Task[]) => Report[] {
  const {columns, alignment} = begin;
  const withProblem = keepProblem(sourceOf(begin), columns, alignment);
  let station: Station | undefined;
  return tasks =>
    withProblem(core => {
      station ??= new Station(core, columns);
      return tasks.map(task => station!.run(task));
    });
}
