/** Arenas of TensorFlow Lite models: by a plan, and by the planner that TensorFlow Lite Micro runs on the device. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {checkedPlan, openTfliteModel, runtimeArenaBytes, tensorOffsets} from '../bindings/artifacts.ts';
import {loadPlannerSync} from '../bindings/index.ts';
import {tfliteGraph} from '../tests/trace/tflite-graphs.ts';
import {geometricMean, ms, printTable, time} from './measure.ts';
import type {BenchOptions} from './options.ts';

const MODELS = new URL('../../shared/data/models/tflite/', import.meta.url);
const SEEDED_OPERATORS = [20, 40, 80, 160];

interface Model {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export async function benchTflite({only, seed, synthetic}: BenchOptions): Promise<void> {
  const planner = loadPlannerSync();
  console.log(
    'tflite: bytes of the arena that the tensors take (sizes rounded up to 16); the runtime simulated, without scratch of kernels',
  );
  const rows: (string | number)[][] = [];
  const ratios: number[] = [];
  for (const {name, bytes} of models(seed, synthetic).filter(({name}) => only.test(name))) {
    const file = await openTfliteModel(bytes);
    const plan = planner.plan(file.problem);
    const {min, median} = time(() => planner.plan(file.problem));
    const planned = tensorOffsets(file, checkedPlan(planner, file.problem, plan)).arenaBytes;
    const runtime = runtimeArenaBytes(file);
    ratios.push(runtime / planned);
    rows.push([
      name,
      file.problem.count,
      plan.lowerBound,
      planned,
      plan.status,
      runtime,
      (runtime / planned).toFixed(4),
      ms(min),
      ms(median),
    ]);
  }
  printTable(
    [
      'model',
      'tensors',
      'lower bound',
      'planned',
      'plan',
      'runtime',
      'runtime ÷ planned',
      'min ms',
      'median ms',
    ],
    rows,
  );
  console.log(`runtime ÷ planned, geometric mean of ${ratios.length}: ${geometricMean(ratios).toFixed(4)}\n`);
}

/** Those of the collection, then seeded ones of growing size. */
function models(seed: number, synthetic: boolean): Model[] {
  const seeded = SEEDED_OPERATORS.map(operators => ({
    name: `seeded-${operators}`,
    bytes: tfliteGraph(operators, seed),
  }));
  if (synthetic || !existsSync(MODELS)) {
    console.log('tflite: without the collection in ../shared');
    return seeded;
  }
  const names = readdirSync(MODELS).filter(name => name.endsWith('.tflite'));
  const read = names
    .sort()
    .map(name => ({name: name.slice(0, -'.tflite'.length), bytes: readFileSync(new URL(name, MODELS))}));
  return [...read, ...seeded];
}
