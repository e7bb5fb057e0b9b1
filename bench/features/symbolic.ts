/**
 * One plan for all values of dimensions. The columns of bytes are sums over the values of the grid: what no plan for each value alone undercuts,
 * this plan, and the offsets of the plan for the maximum, kept. The note has the sum of plans made for each value alone, what is proven for
 * all values, and the time of offsets at one value in JavaScript and in WebAssembly.
 */
import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {
  loadPlanner,
  type Planner,
  planSymbolic,
  type SymbolicColumns,
  type SymbolicPlan,
  type Term,
  toSymbolicColumns,
  verifySymbolic,
} from '../../bindings/index.ts';
import {checkedValues} from '../../bindings/model/dimension-values.ts';
import {ownInstance} from '../../bindings/runtime/instance.ts';
import {OffsetTable} from '../../bindings/runtime/offset-table.ts';
import {type DimensionRange, importFile} from '../../bindings/trace.ts';
import {seeded} from '../../tests/random.ts';
import {transformer, unet} from '../../tests/symbolic/models.ts';
import {withInputShape} from '../../tests/symbolic/onnx-batch.ts';
import {time} from '../measure.ts';
import type {FeatureRow, FeatureTable} from './table.ts';

const MODELS = fileURLToPath(new URL('../../../shared/data/models/onnx/', import.meta.url));
const RUNS = 5;
/** What takes longer, in seconds, runs once. */
const LONG = 5;

interface Instance {
  readonly name: string;
  readonly model: () => Uint8Array;
  readonly dims: Readonly<Record<string, DimensionRange>>;
}

const BATCH = {min: 1, max: 64};
const IMAGE = {batch: BATCH, height: {min: 128, max: 512, multipleOf: 32}};
const TOKENS = {batch: {min: 1, max: 32}, seq: {min: 16, max: 1024, multipleOf: 16}};

const INSTANCES: readonly Instance[] = [
  {name: 'transformer-2', model: () => transformer(2, 256, 4), dims: TOKENS},
  {name: 'transformer-12', model: () => transformer(12, 768, 12), dims: TOKENS},
  {name: 'unet-4', model: () => unet(4, 32), dims: IMAGE},
  ...['mobilenet_v2.shapes', 'resnet50.shapes', 'squeezenet1_1.shapes'].map(name => ({
    name: name.replace('.shapes', ''),
    model: () =>
      withInputShape(new Uint8Array(readFileSync(`${MODELS}${name}.onnx`)), 'input', [
        'batch',
        3,
        'height',
        'height',
      ]),
    dims: IMAGE,
  })),
];

/** Buffers of random lives and of every kind of size: which of them is large depends on the values. */
function random(count: number): SymbolicColumns {
  const draw = seeded(count);
  const forms: ((n: number) => readonly Term[])[] = [
    n => [[n, 'batch', 'seq']],
    n => [[n, 'batch', 'seq', 'seq']],
    n => [[256 * n, 'batch']],
    n => [[64 * n, 'seq']],
    n => [[4096 * n]],
  ];
  const buffers = Array.from({length: count}, () => {
    const start = draw(count);
    return {
      size: forms[draw(forms.length)]!(1 + draw(99)),
      start,
      end: start + 1 + draw(Math.ceil(count / 8)),
    };
  });
  return toSymbolicColumns({
    dimensions: Object.entries(TOKENS).map(([name, range]) => ({name, ...range})),
    buffers,
    alignment: 64,
  });
}

export async function symbolic(only: RegExp): Promise<FeatureTable> {
  const planner = await loadPlanner();
  const rows: FeatureRow[] = [];
  for (const {name, model, dims} of INSTANCES) {
    const isThere = !/mobilenet|resnet|squeezenet/.test(name) || existsSync(MODELS);
    if (!only.test(name) || !isThere) continue;
    const read = await importFile({name, data: model()}, {dims});
    if (read.kind === 'problem' && read.symbolic) rows.push(rowOf(name, planner, read.symbolic));
  }
  for (const count of [100, 1000, 10_000])
    if (only.test(`random-${count}`)) rows.push(rowOf(`random-${count}`, planner, random(count)));
  return {
    title:
      'one plan for all values of dimensions (bytes: sums over a grid of values, see bench/features/symbolic.ts)',
    baseline: 'the offsets of the plan for the maximum of each dimension',
    rows,
  };
}

function rowOf(instance: string, planner: Planner, columns: SymbolicColumns): FeatureRow {
  const seconds: number[] = [];
  const run = (): SymbolicPlan => {
    const began = performance.now();
    const plan = planSymbolic(planner, columns);
    seconds.push((performance.now() - began) / 1000);
    return plan;
  };
  const plan = run();
  if (seconds[0]! <= LONG) {
    seconds.pop();
    for (let k = 0; k < RUNS; k++) run();
  }
  const [violation] = verifySymbolic(columns, plan);
  if (violation) throw new Error(`${instance}: ${violation.kind}`);
  seconds.sort((a, b) => a - b);
  const {points} = plan.evidence;
  const sum = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((all, point) => all + of(point), 0);
  const worst = Math.max(...points.map(({peak, fresh}) => peak / fresh));
  return {
    instance,
    n: columns.largest.count,
    bound: sum(({lowerBound}) => lowerBound),
    peak: sum(({peak}) => peak),
    proven: plan.isOptimalForAll,
    baseline: keptBytes(planner, columns, plan),
    seconds: {min: seconds[0]!, median: seconds[seconds.length >> 1]!},
    note: `${points.length} values; plans for each: ${sum(({fresh}) => fresh)}, worst ${worst.toFixed(4)}; for all values at most ${plan.evidence.guarantee ?? 'unknown'} of the load; ${timesOf(columns, plan)}`,
  };
}

/** Σ over the values: where the buffers of the plan for the maximum end, with sizes at the value. */
function keptBytes(planner: Planner, columns: SymbolicColumns, plan: SymbolicPlan): number {
  const {offsets} = planner.plan(columns.largest);
  if (planner.verify(columns.largest, {offsets}).length > 0)
    throw new Error('the plan for the maximum is not valid');
  return plan.evidence.points.reduce((all, {values}) => {
    const {sizes} = plan.at(values);
    return all + sizes.reduce((peak, size, i) => (size > 0 ? Math.max(peak, offsets[i]! + size) : peak), 0);
  }, 0);
}

/** Microseconds of offsets at one value. */
function timesOf(columns: SymbolicColumns, plan: SymbolicPlan): string {
  const values = plan.evidence.points.map(point => point.values);
  const checked = values.map(one => checkedValues(columns.dimensions, one));
  const table = new OffsetTable(ownInstance(8 << 20, 64, 0), plan);
  let k = 0;
  const script = time(() => plan.at(values[k++ % values.length]!));
  const wasm = time(() => table.at(checked[k++ % checked.length]!));
  return `offsets in ${(1000 * script.median).toFixed(1)} µs, in WebAssembly ${(1000 * wasm.median).toFixed(1)} µs`;
}
