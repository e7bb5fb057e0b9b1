/** The instances whose best plans `tests/best.json` records, with the nodes that each may spend. */
import {createReadStream} from 'node:fs';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import {GENERATORS, type Generator} from '../../bench/instances.ts';
import {filesOf, nameOf} from '../../bench/sources.ts';
import type {Problem, ProblemColumns} from '../../bindings/index.ts';
import {importFile, stepProblem} from '../../bindings/trace.ts';
import {type Filling, filled, randomProblem, type Shape, seeded} from '../random.ts';

export interface BestInstance {
  readonly name: string;
  readonly nodeLimit: number;
  readonly problem: () => Promise<Problem | ProblemColumns>;
  /** Whether it takes less than about half a second, so that it is worth running for every mutant. */
  readonly isQuick: boolean;
}

/** Enough for all subsolvers of a small problem to join, and for some slices of each. */
const FEW_NODES = 150_000;
/** Some slices of LNS and of the class sweep, each. */
const MANY_NODES = 2_000_000;

const made = (
  name: string,
  nodeLimit: number,
  problem: () => Problem | ProblemColumns,
  isQuick = true,
): BestInstance => ({name, nodeLimit, isQuick, problem: async () => problem()});

/** A rectangle cut into buffers: a plan at the load exists, and the larger ones are not found. */
function cut(seed: number, ticks: number, height: number, cuts: number, filling?: Filling): BestInstance {
  const kind = filling ? ' with gaps and fixed offsets' : '';
  return made(`${ticks} × ${height} in ${cuts} cuts, seed ${seed}${kind}`, FEW_NODES, () =>
    filled(seeded(seed), ticks, height, cuts, filling),
  );
}

function random(seed: number, nodeLimit: number, shape: Shape, isQuick = true): BestInstance {
  const kind = shape.gapOneIn ? ' with gaps' : '';
  const name = `random ${shape.buffers}, seed ${seed}${kind}`;
  return made(name, nodeLimit, () => randomProblem(seeded(seed), shape), isQuick);
}

/** Buffers that must be adjacent: bundles, which a search of its own packs. */
function bundled(seed: number, buffers: number): BestInstance {
  const shape = {buffers, ticks: 12, sizes: 20, longest: 6, gapOneIn: 4};
  const adjacent = [
    [0, 1, 2],
    [3, 4],
    [5, 6],
  ];
  return made(`bundles ${buffers}, seed ${seed}`, FEW_NODES, () => ({
    ...randomProblem(seeded(seed), shape),
    adjacent,
  }));
}

const generated = (generator: Generator, n: number, seed: number, nodeLimit: number, isQuick = true) =>
  made(`${generator} ${n}, seed ${seed}`, nodeLimit, () => GENERATORS[generator](n, seed), isQuick);

const GAPS = {unit: 64, gapOneIn: 4, fixedOneIn: 30};
const ALIGNED = {ticks: 150, sizes: 90, longest: 40, alignment: 16};
const GAPPED = {ticks: 200, sizes: 900, longest: 40, alignment: 16, gapOneIn: 3};

const SEEDED: readonly BestInstance[] = [
  cut(1, 600, 600, 700),
  cut(2, 600, 600, 700),
  cut(1, 400, 400, 400),
  cut(2, 400, 400, 400),
  cut(3, 400, 400, 400),
  cut(3, 300, 1000, 300),
  cut(1, 300, 300, 300, GAPS),
  cut(2, 300, 300, 300, GAPS),
  random(1, FEW_NODES, {buffers: 250, ...ALIGNED}),
  random(2, FEW_NODES, {buffers: 250, ...ALIGNED}),
  random(2, FEW_NODES, {buffers: 400, ...GAPPED}),
  random(3, FEW_NODES, {buffers: 400, ...GAPPED}),
  bundled(5, 15),
  bundled(9, 19),
  bundled(11, 21),
  generated('tight', 450, 3, FEW_NODES),
  generated('scattered', 900, 1, FEW_NODES),
  generated('intervals', 800, 1, FEW_NODES),
  generated('graph', 1000, 1, FEW_NODES),
  generated('training', 3000, 1, MANY_NODES),
  generated('chain', 200, 2, FEW_NODES),
  generated('scattered', 1500, 3, MANY_NODES),
  generated('heap', 5000, 1, MANY_NODES),
  random(3, MANY_NODES, {buffers: 3000, ticks: 2000, sizes: 5000, longest: 60, alignment: 64, gapOneIn: 5}),
  random(3, MANY_NODES, {buffers: 22_000, ticks: 15_000, sizes: 5000, longest: 60, alignment: 64}, false),
  generated('heap', 22_000, 3, MANY_NODES, false),
  generated('scattered', 12_000, 1, MANY_NODES, false),
  generated('heap', 70_000, 1, MANY_NODES, false),
];

const ROOT = new URL('../../', import.meta.url);

/** Files of this repository: the examples, and the fixtures of the importers and the allocator models. */
const FILES = [
  'examples/five.csv',
  'examples/mobilenet_v2.inference.json.gz',
  'examples/resnet50.training.json.gz',
  'examples/out-of-memory.pickle.gz',
  'tests/allocators/fixtures/resnet50-2.15.0.pickle.gz',
  'tests/allocators/fixtures/default-2.15.0.pickle.gz',
  'tests/trace/fixtures/csv/everything.csv',
  'tests/trace/fixtures/problem-json/everything.json',
  'tests/trace/fixtures/tflite/small.tflite',
  'tests/trace/fixtures/onnx/small.onnx',
  'tests/trace/fixtures/xla/small.txt',
  'tests/trace/fixtures/kineto/small.json',
  'tests/trace/fixtures/event-log/readme.jsonl',
];

function fromFile(name: string, file: string, isQuick: boolean): BestInstance {
  const problem = async () => {
    // the plan in a model states what shares memory; here the problem is the plain one
    const options = file.endsWith('.tflite') ? {dropOwnPlan: true} : {};
    const imported = await importFile({name: basename(file), data: createReadStream(file)}, options);
    return imported.kind === 'problem' ? imported.problem : stepProblem(imported.trace, {}).problem;
  };
  return {name, nodeLimit: FEW_NODES, isQuick, problem};
}

/** Those of this repository. */
export function checkedIn(): readonly BestInstance[] {
  const files = FILES.map(path => fromFile(path, fileURLToPath(new URL(path, ROOT)), !path.endsWith('.gz')));
  return [...SEEDED, ...files];
}

/** Those of the collection beside the repository; none where it is missing. */
export function collected(): readonly BestInstance[] {
  const files = ['minimalloc', 'glow', 'somas', 'iopddl'].flatMap(folder =>
    filesOf(`instances/${folder}`).map(file => ({folder, file})),
  );
  return files.map(({folder, file}) => fromFile(`${folder}/${nameOf(file)}`, file, false));
}
