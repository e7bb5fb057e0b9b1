/** Streams are kept apart, and blocks whose free waited keep their bytes: ../shared/reference on streams, sections 0 and 2. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {
  evidenceOfStep,
  importFile,
  noPlan,
  type StepOptions,
  type StepProblem,
  stepProblem,
  type Trace,
  waitingFrees,
} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {importTrace, sharedData} from '../trace/inputs.ts';
import {MIB, Run} from './run.ts';

const planner = loadPlannerSync();
const boundOf = ({problem}: StepProblem): number => Math.ceil(planner.lowerBound(problem) / 512) * 512;
const FIXTURES = new URL('../allocators/fixtures/', import.meta.url);

/** Lifetimes of the buffers, `[start, end)`, by size in MiB. */
const lifetimes = ({problem}: StepProblem): [mebibytes: number, start: number, end: number][] =>
  Array.from({length: problem.count}, (_, i) => [problem.size[i]! / MIB, problem.start[i]!, problem.end[i]!]);

/** x is freed while stream 7 still uses it: its free waits until z is allocated. */
const waitingStep = (run: Run): void =>
  void run
    .malloc('x', 4 * MIB)
    .request('x')
    .malloc('y', 2 * MIB)
    .complete('x')
    .malloc('z', MIB)
    .free('y')
    .free('z');

test('whole recording: a block whose free waited is live to the end, with idle borders to the next of them', async () => {
  const trace = await importTrace(
    new Run()
      .malloc('w', 8 * MIB)
      .repeat(5, waitingStep)
      .pickle(),
  );
  const of = (options: StepOptions) => stepProblem(trace, {iteration: 'window', ...options});
  const ends = (options: StepOptions) =>
    lifetimes(of(options)).flatMap(([size, , end]) => (size === 4 ? [end] : []));
  assert.deepEqual(ends({}), [31, 31, 31, 31, 31]);
  assert.equal(of({}).held, 5);
  // borders at 1, 7, 13, …: the request is inside
  assert.deepEqual(ends({idle: 'iteration'}).slice(0, 2), [7, 13]);
  // as recorded: x is freed two events after its malloc
  assert.deepEqual(ends({streams: 'together'}).slice(0, 2), [3, 9]);
  assert.deepEqual(waitingFrees(trace, 0), {count: 5, bytes: 4 * MIB});
});

test('one iteration: the block keeps its bytes all the time, with idle borders from its allocation on', async () => {
  const trace = await importTrace(
    new Run()
      .malloc('w', 8 * MIB)
      .repeat(5, waitingStep)
      .pickle(),
  );
  const of = (options: StepOptions) => lifetimes(stepProblem(trace, {iteration: 2, ...options}));
  const x = (options: StepOptions) => of(options).find(([size]) => size === 4);
  assert.deepEqual(x({}), [4, 0, 6]);
  assert.deepEqual(x({idle: 'iteration'}), [4, 0, 6]);
  assert.deepEqual(x({streams: 'together'}), [4, 0, 2]);
});

test('buffers of different streams and pools share no byte in a plan, and each proof says of which plans', async () => {
  const run = new Run()
    .malloc('a', 4 * MIB)
    .free('a')
    .malloc('b', 4 * MIB, {stream: 7})
    .free('b');
  const trace = await importTrace(
    run
      .malloc('c', 4 * MIB, {pool: 3})
      .free('c')
      .pickle(),
  );
  const peakOf = (streams: 'apart' | 'together') =>
    planner.plan(stepProblem(trace, {iteration: 'window', streams}).problem).peak;
  assert.deepEqual([peakOf('apart'), peakOf('together')], [12 * MIB, 8 * MIB]);
  const evidence = (streams: 'apart' | 'together') =>
    evidenceOfStep(trace, stepProblem(trace, {iteration: 'window', streams}));
  assert.equal(noPlan(evidence('apart')), 'no plan of the whole recording that keeps the streams apart');
  assert.equal(
    noPlan(evidence('together')),
    'no plan of the whole recording for streams that wait for each other',
  );
  assert.ok(evidence('apart').assumptions.includes('graphs-keep-pools'));
});

test('one stream without waits assumes nothing about streams', async () => {
  const trace = await importTrace(new Run().malloc('a', MIB).free('a').pickle());
  assert.deepEqual(evidenceOfStep(trace, stepProblem(trace, {iteration: 'window'})).assumptions, []);
});

/** A run of three streams in which every fourth free waits. */
function randomRun(seed: number): Run {
  const random = seeded(seed);
  const run = new Run();
  const live: string[] = [];
  const waiting: string[] = [];
  for (let i = 0; i < 60; i++) {
    if (live.length < 3 || random(2) === 0) {
      run.malloc(`b${i}`, (1 + random(8)) * MIB, {stream: random(3) * 16});
      live.push(`b${i}`);
      for (const name of waiting.splice(0, random(3))) run.complete(name);
    } else {
      const [name] = live.splice(random(live.length), 1);
      if (random(4) > 0) run.free(name!);
      else {
        run.request(name!);
        waiting.push(name!);
      }
    }
  }
  return run;
}

/** The buffers that may not share a byte, whenever a free that waited is over: by streams and by requests alone. */
function conflictsOf(trace: Trace): [number, number][] {
  const {blocks} = trace;
  const conflicts: [number, number][] = [];
  for (let a = 0; a < blocks.count; a++) {
    for (let b = a + 1; b < blocks.count; b++) {
      const isOver =
        blocks.stream[a] === blocks.stream[b] &&
        blocks.waitedFrom[a] === 0xffffffff &&
        blocks.freeEvent[a]! < blocks.mallocEvent[b]!;
      if (!isOver) conflicts.push([a, b]);
    }
  }
  return conflicts;
}

test('100 random runs: no plan made apart lets a block have bytes that another may still use', async () => {
  let waits = 0;
  for (let seed = 0; seed < 100; seed++) {
    const trace = await importTrace(randomRun(seed).pickle());
    const step = stepProblem(trace, {iteration: 'window'});
    const {offsets} = planner.plan(step.problem, {nodeLimit: 2000});
    const rows = new Map([...step.blocks].map((block, row) => [block, row]));
    for (const [a, b] of conflictsOf(trace)) {
      const [i, j] = [rows.get(a)!, rows.get(b)!];
      const {size} = step.problem;
      const isClear = offsets[i]! + size[i]! <= offsets[j]! || offsets[j]! + size[j]! <= offsets[i]!;
      assert.ok(isClear, `seed ${seed}: b${a} and b${b}`);
    }
    assert.ok(boundOf(step) >= boundOf(stepProblem(trace, {iteration: 'window', streams: 'together'})));
    waits += waitingFrees(trace, 0).count;
  }
  assert.ok(waits > 300, `${waits} waits`);
});

/** Bounds of whole recordings, bytes. */
const MARKS = [
  ['streams-2.6.0', 777_937_920],
  ['streams-2.15.0', 777_937_920],
  ['full-streams-2.15.0', 624_931_840],
] as const;

for (const [name, bytes] of MARKS) {
  test(`${name}: streams apart and waiting frees held`, async () => {
    const imported = await importFile({name, data: readFileSync(new URL(`${name}.pickle.gz`, FIXTURES))});
    assert.ok(imported.kind === 'trace');
    assert.equal(boundOf(stepProblem(imported.trace, {iteration: 'window'})), bytes);
  });
}

for (const [name, bytes] of [
  ['fsdp_record', 969_932_800],
  ['branches', 83_886_080],
] as const) {
  test(`${name}: streams apart and waiting frees held`, async t => {
    const data = sharedData(t, `streams/${name}.pickle`);
    if (data) assert.equal(boundOf(stepProblem(await importTrace(data), {iteration: 'window'})), bytes);
  });
}
