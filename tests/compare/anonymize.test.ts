/** Nothing of the names is left, and everything that planning needs is. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {loadPlannerSync} from '../../bindings/index.ts';
import {type ProblemColumns, withoutParts} from '../../bindings/model/problem.ts';
import {
  anonymizeProblem,
  anonymizeTrace,
  chooseDevice,
  findIterations,
  hashedNames,
  type Imported,
  importFile,
  stepProblem,
  type Trace,
  writeCsv,
  writeEventLog,
} from '../../bindings/trace.ts';
import {bytesOf, example, fixture, importBytes, importTrace, sharedData} from '../trace/inputs.ts';

const planner = loadPlannerSync();
const KEY = bytesOf('a key for the tests');

const planOf = (problem: ProblemColumns) => {
  const {peak, lowerBound, status, offsets} = planner.plan(problem, {nodeLimit: 20_000});
  return {peak, lowerBound, status, offsets};
};

/** Words of the event log itself, and of devices that all have: recordings have operations and threads of these names. */
const WORDS =
  /^(malloc|free|read|write|size|time|event|operation|stream|device|iteration|number|cpu|cuda|device:\d|cuda:\d)$/;

/** Names longer than three characters that the recording holds; of digits alone, as of threads, may be a size as well. */
function namesOf(trace: Trace): string[] {
  const frames = trace.cuda?.frames.flatMap(({file, name}) => [file, name]) ?? [];
  const annotations = trace.annotations.flatMap(({name, thread}) => [name, thread]);
  const devices = trace.devices.map(({name}) => name);
  const paths = trace.paths?.flatMap(path => Object.values(path) as string[]) ?? [];
  const names = [...trace.operations, ...paths, ...annotations, ...frames, ...devices, ...trace.warnings];
  return [...new Set(names)].filter(name => name.length > 3 && /\D/.test(name) && !WORDS.test(name));
}

const written = (trace: Trace): string => [...writeEventLog(trace)].join('');

/** The log of the anonymized trace, once it is checked. */
async function assertAnonymous(trace: Trace, message: string): Promise<string> {
  const {trace: anonymous} = await anonymizeTrace(trace, {key: KEY});
  const text = written(anonymous);
  for (const name of namesOf(trace)) assert.ok(!text.includes(name), `${message}: ${name}`);
  const again = await importTrace(text);
  const [before, after] = [stepProblem(trace), stepProblem(again)];
  assert.equal(after.iteration, before.iteration, message);
  assert.equal(after.lifetimes, before.lifetimes, message);
  assert.deepEqual(planOf(after.problem), planOf(before.problem), message);
  assert.deepEqual([...again.events.kind], [...trace.events.kind]);
  assert.deepEqual([...again.blocks.bytes], [...trace.blocks.bytes]);
  return text;
}

const TRACES = [
  'kineto/small.json',
  'kineto/no-address.json',
  'event-log/everything.jsonl',
  'event-log/readme.jsonl',
  'event-log/streams.jsonl',
  'singa/colon.log',
  'singa/mutable.txt',
  'heaptrack/small.heaptrack',
  'mtrace/everything.mtrace',
  'ltrace/everything.ltrace',
  'cuda-snapshot/everything.pickle',
  'cuda-snapshot/oldest.pickle',
  'cuda-snapshot/protocol-5.pickle',
];

test('of every format of recordings: the plan is the same, and no name is left', async () => {
  for (const name of TRACES) await assertAnonymous(await importTrace(fixture(name)), name);
  for (const name of ['resnet50.training.json.gz', 'mobilenet_v2.inference.json.gz'])
    await assertAnonymous(await importTrace(example(name)), name);
});

for (const name of [
  'traces/cuda-snapshots/lm_train_step.pickle',
  'traces/kineto-gpu/v100x2_nccl_training.json.gz',
  'traces/pytorch-cpu/lstm_seq2seq.training.json.gz',
  'traces/singa/vgg_cifar100_b128.log.gz',
  'traces/misc/demo.heaptrack.zst',
]) {
  test(`of the recordings beside the repository, too: ${name}`, async t => {
    const data = sharedData(t, name);
    if (data) await assertAnonymous(await importTrace(data), name);
  });
}

test('iterations of any origin come out as marks, with their numbers', async () => {
  const trace = await importTrace(example('resnet50.training.json.gz'));
  const {trace: anonymous} = await anonymizeTrace(trace, {key: KEY});
  const device = chooseDevice(trace);
  assert.deepEqual(findIterations(anonymous, device).iterations, findIterations(trace, device).iterations);
  assert.equal(findIterations(anonymous, device).source, 'mark');
});

test('equal names stay equal under one key, and differ under another', async () => {
  const log = [
    '{"schema":"stowage.events/1","device":"secret-machine","alignment":8}',
    '{"event":"malloc","address":4096,"size":16,"operation":"secret_layer","time":1000}',
    '{"event":"malloc","address":8192,"size":16,"operation":"other_layer","time":1001}',
    '{"event":"malloc","address":12288,"size":16,"operation":"secret_layer","stream":77,"time":1003}',
  ].join('\n');
  const trace = await importTrace(log);
  const one = (await anonymizeTrace(trace, {key: KEY})).trace;
  const same = (await anonymizeTrace(trace, {key: KEY})).trace;
  const other = (await anonymizeTrace(trace, {key: bytesOf('another')})).trace;
  assert.equal(written(one), written(same));
  assert.deepEqual([...one.blocks.operation], [1, 2, 1]);
  assert.match(one.operations[1]!, /^n[0-9a-f]{16}$/);
  assert.notEqual(one.operations[1], other.operations[1]);
  assert.match(one.devices[0]!.name, /^n[0-9a-f]{16}$/);
  assert.deepEqual([...one.events.time], [0, 1, 3]);
  assert.deepEqual([...one.blocks.address], [4096n, 8192n, 12288n]);
  assert.deepEqual([...one.blocks.stream], [0n, 0n, 1n]);
  const bare = (await anonymizeTrace(trace, {key: KEY, times: 'none', addresses: 'none'})).trace;
  assert.deepEqual([...bare.events.time], [0, 0, 0]);
  assert.deepEqual([...bare.blocks.address], [1n, 2n, 3n]);
});

test('the number of an occurrence stays, its name does not', async () => {
  const names = await hashedNames(['step#1', 'step#12', 'step', '', '#3'], KEY);
  const base = names.get('step')!;
  assert.deepEqual(
    [names.get('step#1'), names.get('step#12'), names.get('')],
    [`${base}#1`, `${base}#12`, ''],
  );
  assert.match(names.get('#3')!, /^n[0-9a-f]{16}$/);
});

test('the parts left out are reported, without names', async () => {
  const trace = await importTrace(fixture('cuda-snapshot/everything.pickle'));
  const {leftOut, trace: anonymous} = await anonymizeTrace(trace, {key: KEY});
  assert.deepEqual(
    leftOut.filter(text => !text.includes('×')),
    ['segments', 'stacks', 'pools', `${2 << 20} B of persistent blocks from before the recording`],
  );
  assert.equal(anonymous.warnings.length, 1);
});

const name = fc.stringMatching(/^[A-Za-z_:/.]{4,12}$/);
const program = fc.record({
  names: fc.array(name, {minLength: 1, maxLength: 4}),
  sizes: fc.array(fc.integer({min: 1, max: 9}), {minLength: 1, maxLength: 6}),
  repeats: fc.integer({min: 1, max: 5}),
  isMarked: fc.boolean(),
  isAnnotated: fc.boolean(),
  isCarried: fc.boolean(),
});

test('of programs of any kind: marked, annotated, periodic or not, blocks carried over the border', async () => {
  await fc.assert(
    fc.asyncProperty(program, async ({names, sizes, repeats, isMarked, isAnnotated, isCarried}) => {
      const lines: object[] = [{schema: 'stowage.events/1', alignment: 4}];
      let time = 1e15;
      const push = (line: object): number => lines.push({...line, time: ++time});
      for (let step = 0; step < repeats; step++) {
        const start = time + 1;
        if (isMarked) push({event: 'iteration', number: 3 + step});
        sizes.forEach((size, i) => {
          if (isCarried && step > 0 && i === 0) push({event: 'free', address: 1000});
          push({event: 'malloc', address: 1000 + 16 * i, size, operation: names[i % names.length]});
          if (i > 0 || !isCarried) push({event: 'free', address: 1000 + 16 * i});
        });
        if (isAnnotated) lines.push({event: 'annotation', name: `${names[0]}#${step}`, start, end: time});
      }
      const trace = await importTrace(`${lines.map(line => JSON.stringify(line)).join('\n')}\n`);
      await assertAnonymous(trace, JSON.stringify(lines));
    }),
    {numRuns: 300, seed: 5},
  );
});

test('a problem and a model have other names, and the same plan', async () => {
  for (const [file, data] of [
    ['five.csv', example('five.csv')],
    ['everything.csv', fixture('csv/everything.csv')],
    ['small.onnx', fixture('onnx/small.onnx')],
    ['small.txt', fixture('xla/small.txt')],
  ] as const) {
    const imported: Imported = await importFile({name: file, data});
    assert.ok(imported.kind === 'problem');
    const {problem} = imported;
    const anonymous = await anonymizeProblem(problem, {key: KEY});
    const text = [...writeCsv(anonymous)].join('');
    for (const id of problem.ids ?? []) if (id.length > 3) assert.ok(!text.includes(id), `${file}: ${id}`);
    const again = await importBytes(text);
    assert.ok(again.kind === 'problem');
    // a CSV has no parts; the command refuses to write such a problem
    assert.deepEqual(planOf(again.problem), planOf(withoutParts(problem)), file);
  }
});
