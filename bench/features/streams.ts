/**
 * Clocks of streams: recordings of the study, whose waits are known; random programs; and concurrent tilings, whose best peak is known.
 * The baseline is an arena for each stream, in which bytes pass on only within the stream, planned with the same effort.
 */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {apart} from '../../bindings/concurrency/partitions.ts';
import {Pieces} from '../../bindings/concurrency/pieces.ts';
import {loadPlanner, type Planner, type ProblemColumns, toColumns} from '../../bindings/index.ts';
import {importFile, stepProblem} from '../../bindings/trace.ts';
import {programProblem} from '../../tests/concurrency/problems.ts';
import {concurrentTiling} from '../../tests/concurrency/tilings.ts';
import {seeded} from '../../tests/random.ts';
import type {FeatureRow, FeatureTable} from './table.ts';

const LOGS = new URL('../../tests/trace/clocks/logs/', import.meta.url);
const RUNS = 5;
/** What takes longer, in seconds, runs once. */
const LONG = 5;
/** Bytes of a stream's band of a tiling. */
const BAND = 2 ** 20;

interface Instance {
  readonly name: string;
  readonly columns: () => ProblemColumns;
  /** Bytes of the best plan, where that is known. */
  readonly optimum?: number;
}

export async function streams(only: RegExp): Promise<FeatureTable> {
  const planner = await loadPlanner();
  const instances = [...(await recordings()), ...programs(), ...tilings()].filter(({name}) =>
    only.test(name),
  );
  return {
    title: 'streams: who may follow whom by vector clocks',
    baseline: 'an arena for each stream',
    rows: instances.map(instance => rowOf(planner, instance)),
  };
}

async function recordings(): Promise<Instance[]> {
  if (!existsSync(LOGS)) return [];
  const names = readdirSync(LOGS).filter(name => name.endsWith('.jsonl'));
  return Promise.all(
    names.sort().map(async name => {
      const imported = await importFile({name, data: readFileSync(new URL(name, LOGS))});
      if (imported.kind !== 'trace') throw new Error(`${name} is no trace`);
      const {problem} = stepProblem(imported.trace, {iteration: 'window'});
      return {name: name.slice(0, -'.jsonl'.length), columns: () => problem};
    }),
  );
}

function programs(): Instance[] {
  const shape = {sizes: 2 ** 16, waitOneIn: 8, elsewhereOneIn: 8};
  return [
    [200, 3, 20],
    [2000, 4, 60],
    [20_000, 8, 200],
  ].map(([buffers, streams, live]) => ({
    name: `program-${buffers}-${streams}`,
    columns: () =>
      toColumns(programProblem(seeded(1), {...shape, buffers: buffers!, streams: streams!, live: live!})),
  }));
}

function tilings(): Instance[] {
  return [
    [64, 2, 16],
    [128, 4, 64],
    [512, 4, 64],
    [2000, 4, 100],
  ].map(([buffers, streams, waits]) => {
    const capacity = streams! * BAND;
    const shape = {buffers: buffers!, streams: streams!, waits: waits!, capacity, ticks: 4000};
    return {
      name: `tiling-${buffers}-${streams}`,
      optimum: capacity,
      columns: () => toColumns(concurrentTiling(seeded(1), shape)),
    };
  });
}

function rowOf(planner: Planner, {name, columns: make, optimum}: Instance): FeatureRow {
  const columns = make();
  const seconds: number[] = [];
  const run = () => {
    const began = performance.now();
    const plan = planner.plan(columns);
    seconds.push((performance.now() - began) / 1000);
    return plan;
  };
  const plan = run();
  if (seconds[0]! <= LONG) {
    seconds.pop();
    for (let k = 0; k < RUNS; k++) run();
  }
  seconds.sort((a, b) => a - b);
  // a recording without waits has an arena for each stream already
  const separate = columns.constraints?.clocks ? apart(columns, new Pieces(columns)) : columns;
  const baseline = planner.plan(separate);
  const [wrong] = planner.verify(columns, baseline);
  if (wrong) throw new Error(`${name}: the baseline breaks a rule: ${JSON.stringify(wrong)}`);
  return {
    instance: name,
    n: columns.count,
    bound: plan.lowerBound,
    peak: plan.peak,
    proven: plan.status === 'optimal',
    baseline: baseline.peak,
    seconds: {min: seconds[0]!, median: seconds[Math.floor(seconds.length / 2)]!},
    ...(optimum === undefined
      ? {}
      : {note: plan.peak === optimum ? 'optimum known, reached' : 'optimum known'}),
  };
}
