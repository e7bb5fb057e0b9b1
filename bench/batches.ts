/** The paper's second benefit: the largest mini-batch under a cap, without reuse, with allocators and with a plan. */
import {createReadStream, readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {type AllocatorName, makeAllocator, replay, trySettings} from '../bindings/allocators/index.ts';
import {loadPlannerSync, type Planner} from '../bindings/index.ts';
import {importFile, type StepProblem, stepProblem} from '../bindings/trace.ts';
import {printTable} from './measure.ts';
import {requestsOfStep, roundStep, type SteadyRequests, steadyOf} from './steady.ts';

const DATA = new URL('data/', import.meta.url);

/** A network recorded at several batch sizes, ascending. */
interface Recorded {
  readonly name: string;
  /** Weights and AdamW's two moments of each, and buffers: live before, during and after; bytes. */
  readonly persistent: number;
  /** Caps to try, bytes. */
  readonly caps: readonly number[];
}

const NETWORKS: readonly Recorded[] = [
  {name: 'gpt', persistent: 3 * 68_178_944, caps: [1, 2, 3].map(gibibytes => gibibytes * 2 ** 30)},
  {name: 'resnet50', persistent: 3 * 102_228_128 + 212_904, caps: [2, 2.5].map(one => one * 2 ** 30)},
];

export interface BatchStep {
  readonly batch: number;
  readonly step: StepProblem;
}

export async function benchBatches(only: RegExp): Promise<void> {
  const planner = loadPlannerSync();
  const rows: (string | number)[][] = [];
  const notes: string[] = [];
  for (const network of NETWORKS.filter(({name}) => only.test(name))) {
    const steps = await recordedSteps(network.name);
    checkLinear(steps);
    notes.push(`${network.name} at ${steps.map(({batch}) => batch).join(', ')}`);
    for (const cap of network.caps) rows.push(capRow(planner, network, steps, cap));
  }
  if (rows.length === 0) return;
  console.log(`savings: the largest mini-batch under a cap, training; weights and AdamW's moments are within the cap
  recorded by us on PyTorch's CPU (${notes.join('; ')}; bench/data), as is each size between them by
  interpolation: with the batch every block grows linearly, to the byte, at the sizes in the middle, too
  allocators serve the step 8 times over. kept: they hold what they have; flushed: where the cap is reached they give
  cached memory back to the device, which waits for it, and ask anew; one more: whether it is proven not to fit`);
  printTable(
    [
      'network',
      'cap, GiB',
      'no reuse',
      'old pool, kept',
      'flushed',
      'pool, kept',
      'flushed',
      'caching, kept',
      'flushed',
      'best set',
      'plan',
      'one more',
    ],
    rows,
  );
}

/** The last whole step at each size in `bench/data`. */
export async function recordedSteps(name: string): Promise<BatchStep[]> {
  const steps: BatchStep[] = [];
  for (const file of readdirSync(DATA)) {
    const [, batch] = new RegExp(`^${name}\\.batch(\\d+)\\.jsonl\\.gz$`).exec(file) ?? [];
    if (batch === undefined) continue;
    const imported = await importFile({
      name: file,
      data: createReadStream(fileURLToPath(new URL(file, DATA))),
    });
    if (imported.kind !== 'trace') throw new Error(`${file}: no trace`);
    steps.push({batch: Number(batch), step: stepProblem(imported.trace)});
  }
  return steps.sort((a, b) => a.batch - b.batch);
}

/** @throws Error unless each recorded size is, to the byte, the size interpolated from the smallest and the largest. */
export function checkLinear(steps: readonly BatchStep[]): void {
  const [first, last] = [steps[0]!, steps.at(-1)!];
  for (const {batch, step} of steps) {
    const {problem} = stepAt(first, last, batch);
    const isSame = (['start', 'end', 'size', 'gapIndex', 'gapStart', 'gapEnd'] as const).every(
      column => String(problem[column]) === String(step.problem[column]),
    );
    if (!isSame) throw new Error(`batch ${batch}: not linear between ${first.batch} and ${last.batch}`);
  }
}

/** The step at a size between two recorded ones: each block grows linearly. */
export function stepAt(first: BatchStep, last: BatchStep, batch: number): StepProblem {
  const {problem} = first.step;
  const share = (batch - first.batch) / (last.batch - first.batch);
  const grown = last.step.problem.size;
  const size = problem.size.map((bytes, i) => Math.round(bytes + (grown[i]! - bytes) * share));
  return {...first.step, problem: {...problem, size}};
}

function capRow(
  planner: Planner,
  {name, persistent}: Recorded,
  steps: readonly BatchStep[],
  cap: number,
): (string | number)[] {
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const left = cap - persistent;
  const at = (batch: number): StepProblem => roundStep(stepAt(first, last, batch));
  // above it nothing fits, by whatever means
  let top = last.batch;
  while (top > first.batch && planner.lowerBound(at(top).problem) > left) top--;
  const largest = (fits: (step: StepProblem) => boolean): number => {
    for (let batch = top; batch >= first.batch; batch--) if (fits(at(batch))) return batch;
    return Number.NaN;
  };
  const plan = largest(({problem}) => planner.plan(problem, {capacity: left}).peak <= left);
  const kept = (allocator: AllocatorName): number =>
    largest(step => steadyOf(requestsOf(step), allocator).reserved <= left);
  const flushed = (allocator: AllocatorName): number =>
    largest(step => serves(requestsOf(step), allocator, left));
  const allocators = [
    largest(step => sumOf(step) <= left),
    ...(['chainer-1', 'cupy', 'pytorch-cuda'] as const).flatMap(one => [kept(one), flushed(one)]),
    largest(step => servesBySomeSettings(requestsOf(step), left)),
  ];
  const shown = (batch: number): string => {
    if (Number.isNaN(batch)) return `< ${first.batch}`;
    return batch === last.batch ? `≥ ${batch}` : String(batch);
  };
  return [name, cap / 2 ** 30, ...allocators.map(shown), shown(plan), proofOf(planner, at, plan, last, left)];
}

/** Whether one more is proven not to fit. */
function proofOf(
  planner: Planner,
  at: (batch: number) => StepProblem,
  plan: number,
  last: BatchStep,
  left: number,
): string {
  if (plan === last.batch) return 'not recorded';
  return planner.plan(at(plan + 1).problem, {capacity: left}).status === 'infeasible'
    ? 'proven'
    : 'not found';
}

const sumOf = ({problem}: StepProblem): number => problem.size.reduce((all, bytes) => all + bytes, 0);

/** All of it is of one stream. */
const requestsOf = (step: StepProblem): SteadyRequests =>
  requestsOfStep(step, [Array.from({length: step.problem.count}, (_, i) => i)]);

const serves = ({requests}: SteadyRequests, name: AllocatorName, capacity: number): boolean =>
  replay(requests, makeAllocator({name, settings: {}}, capacity)).failed.length === 0;

/** Those worth a try, the default among them. */
const servesBySomeSettings = (steady: SteadyRequests, capacity: number): boolean =>
  serves(steady, 'pytorch-cuda', capacity) ||
  trySettings(steady.requests, {name: 'pytorch-cuda', settings: {}}, capacity)[0]!.failed === 0;
