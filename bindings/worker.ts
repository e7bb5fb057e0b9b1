/** What a thread of `crew.ts` runs: a station that is told its problem, then batch after batch of tasks. */
import {compileCoreSync, keepProblem} from './core.ts';
import type {ProblemColumns} from './problem.ts';
import {type Report, Station, type Task} from './station.ts';
import {portOutside} from './thread.ts';

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

const port = await portOutside();
let perform: ((tasks: readonly Task[]) => Report[]) | undefined;

port.listen(message => {
  try {
    perform ??= performer(message as Begin);
    if (!('tasks' in (message as object))) return;
    const reports = perform((message as Batch).tasks);
    const transfer = reports.flatMap(({found}) => (found ? [found.offsets.buffer as ArrayBuffer] : []));
    port.post({reports} satisfies Answer, transfer);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    port.post({error: {name: error.name, message: error.message}} satisfies Answer, []);
  }
});

function performer({columns, alignment, module}: Begin): (tasks: readonly Task[]) => Report[] {
  const withProblem = keepProblem(module ?? compileCoreSync(), columns, alignment);
  let station: Station | undefined;
  return tasks =>
    withProblem(core => {
      station ??= new Station(core, columns);
      return tasks.map(task => station!.run(task));
    });
}
