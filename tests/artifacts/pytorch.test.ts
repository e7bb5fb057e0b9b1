/** Plans for PyTorch: the order and clock of their rows, their parts, their file; what is refused. */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv2020} from 'ajv/dist/2020.js';
import {
  type Allocation,
  allocationsOf,
  canonicalText,
  checkedPlan,
  type PytorchPlan,
  problemOf,
  pytorchPlan,
  pytorchPlanText,
} from '../../bindings/artifacts.ts';
import type {ExportJson} from '../../bindings/cli/commands/export.ts';
import {type BufferInfo, loadPlannerSync, type Problem, toColumns} from '../../bindings/index.ts';
import {importFile, stepAllocations, stepProblem, type Trace} from '../../bindings/trace.ts';
import {EXAMPLES, newFolder, stowage} from '../cli/stowage.ts';
import {MIB, Run} from '../evidence/run.ts';
import {randomProblem, seeded} from '../random.ts';
import {tfliteGraph} from '../trace/tflite-graphs.ts';

const planner = loadPlannerSync();
const GOLDEN = new URL('../pytorch/golden/pytorch/plan.json', import.meta.url);
const schemaOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../docs/${name}.schema.json`, import.meta.url), 'utf8'));
const ajv = new Ajv2020({allErrors: true});
const isPlan = ajv.compile(schemaOf('pytorch-plan'));
const isExport = ajv.compile(schemaOf('export'));

/** Lines of an event log: `+name size [stream]` and `-name`, or `|` for an iteration. */
function eventLog(device: string, ...events: readonly string[]): string {
  const alignment = device.startsWith('cuda') ? 512 : 64;
  const lines: object[] = [{schema: 'stowage.events/1', device, alignment}];
  let iteration = 0;
  for (const event of events) {
    const [name, size, stream] = event.slice(1).split(' ');
    const address = name!.charCodeAt(0);
    if (event === '|') lines.push({event: 'iteration', number: iteration++});
    else if (event.startsWith('-')) lines.push({event: 'free', address});
    else
      lines.push({
        event: 'malloc',
        address,
        size: Number(size),
        ...(stream === undefined ? {} : {stream: Number(stream)}),
      });
  }
  lines.push({event: 'end'});
  return lines.map(line => `${JSON.stringify(line)}\n`).join('');
}

const HEADER = '{"schema":"stowage.events/1","device":"cpu"}\n';
const TWO_STREAMS = eventLog(
  'cuda:0',
  '|',
  '+a 1000',
  '+b 2048 7',
  '+c 4096',
  '-a',
  '+d 3000',
  '-b',
  '+e 500 7',
  '+f 512',
  '-d',
  '-e',
  '-f',
);

async function traceOf(log: string): Promise<Trace> {
  const imported = await importFile({name: 'log.jsonl', data: Buffer.from(log)});
  assert.equal(imported.kind, 'trace');
  return (imported as {trace: Trace}).trace;
}

const rowsOf = (allocations: readonly Allocation[]) =>
  allocations.map(({key, size, end}) => [key, size, end]);

test('rows are the mallocs of the iteration in order, an end counts the mallocs before the free', async () => {
  const trace = await traceOf(TWO_STREAMS);
  assert.deepEqual(rowsOf(stepAllocations(trace, stepProblem(trace))), [
    [0, 1000, 3],
    [1, 2048, 4],
    [0, 4096, null],
    [0, 3000, 6],
    [1, 500, 6],
    [0, 512, 6],
  ]);
});

test('what an earlier iteration allocated is no row, and what a later one frees is not planned', async () => {
  const trace = await traceOf(
    eventLog(
      'cpu',
      '+p 640',
      '|',
      '+a 64',
      '+b 64',
      '-a',
      '|',
      '+a 64',
      '-b',
      '+b 128',
      '-a',
      '|',
      '+a 64',
      '-b',
      '-a',
    ),
  );
  const rows = (iteration: number) => rowsOf(stepAllocations(trace, stepProblem(trace, {iteration})));
  assert.deepEqual(rows(0), [
    [0, 64, 2],
    [0, 64, null],
  ]);
  assert.deepEqual(rows(1), [
    [0, 64, 2],
    [0, 128, null],
  ]);
  assert.deepEqual(rows(2), [[0, 64, 1]]);
});

/** x is freed while another stream still uses it: its free waits until z is allocated. */
const waitingStep = (run: Run): void =>
  void run
    .malloc('x', 4 * MIB)
    .request('x')
    .malloc('y', 2 * MIB, {pool: 3})
    .complete('x')
    .malloc('z', MIB)
    .free('y')
    .free('z')
    .malloc('v', MIB)
    .free('v');

test('a block whose free waited ends with the iteration, and private pools are said', async () => {
  const bytes = new Run()
    .malloc('w', 8 * MIB)
    .repeat(5, waitingStep)
    .pickle();
  const {trace} = (await importFile({name: 'x.pickle', data: bytes})) as {trace: Trace};
  const rows = rowsOf(stepAllocations(trace, stepProblem(trace, {iteration: 2})));
  assert.deepEqual(rows, [
    [0, 4 * MIB, 4],
    [0, 2 * MIB, 3],
    [0, MIB, 3],
    [0, MIB, 4],
  ]);
  const window = rowsOf(stepAllocations(trace, stepProblem(trace, {iteration: 'window'})));
  assert.deepEqual(window.slice(0, 3), [
    [0, 8 * MIB, null],
    [0, 4 * MIB, window.length],
    [0, 2 * MIB, 4],
  ]);
  const cwd = folderWith({'x.pickle': bytes});
  const {stderr} = stowage(['export', 'x.pickle', '--format', 'pytorch', '-o', 'out', '--iteration', '2'], {
    cwd,
  });
  assert.match(
    stderr,
    /^stowage: x\.pickle: 1 free waited for other streams: the block keeps its bytes to the end$/m,
  );
  assert.match(
    stderr,
    /^stowage: x\.pickle: 1 allocation is in a private pool, as of a CUDA graph: planned like the others of its stream$/m,
  );
});

test('every row of a recording lives as long as its block, counted in mallocs', async () => {
  for (const name of ['resnet50.training.json.gz', 'mobilenet_v2.inference.json.gz']) {
    const imported = await importFile({name, data: readFileSync(join(EXAMPLES, name))});
    const {trace} = imported as {trace: Trace};
    const step = stepProblem(trace, {lifetimes: 'linear'});
    // the blocks that are live at each malloc, from the events themselves
    const rows = stepAllocations(trace, step);
    const {kind, block} = trace.events;
    const first = trace.blocks.mallocEvent[Number(rows[0]!.id.slice(1))]!;
    const rowOf = new Map(rows.map(({id}, row) => [Number(id.slice(1)), row]));
    const ends = rows.map((): number | null => null);
    let mallocs = 0;
    for (let event = first; mallocs < rows.length || kind[event] === 1; event++) {
      if (event >= trace.events.count) break;
      const row = rowOf.get(block[event]!);
      if (kind[event] === 0) assert.equal(row, mallocs++);
      else if (kind[event] === 1 && row !== undefined) ends[row] = mallocs;
    }
    const planned = rows.filter(({end}) => end !== null).length;
    assert.ok(planned > 300, `${planned} of ${rows.length}`);
    for (const [row, {end}] of rows.entries())
      if (end !== null && end < rows.length) assert.equal(ends[row], end);
  }
});

test('a problem has the order of its start ticks, then of its buffers', () => {
  const buffers: BufferInfo[] = [
    {id: 'late', start: 10, end: 30, size: 8},
    {id: 'never', start: 3, end: 3, size: 8},
    {id: 'early', start: 2, end: 10, size: 100},
    {id: 'empty', start: 2, end: 10, size: 0},
    {id: 'same', start: 10, end: 11, size: 9},
  ];
  const allocations = allocationsOf(toColumns({buffers}), 64);
  assert.deepEqual(
    allocations.map(({id, end}) => [id, end]),
    [
      ['early', 1],
      ['late', 3],
      ['same', 3],
    ],
  );
});

test('a problem with what no request has is refused', () => {
  for (const [buffer, message] of [
    [{gaps: [[2, 3]]}, /buffer "x": it has gaps/],
    [{offset: 64}, /buffer "x": it has a fixed offset/],
    [{alignment: 128}, /buffer "x": its alignment is 128 bytes, and allocations are aligned to 64/],
  ] as const) {
    const problem: Problem = {buffers: [{id: 'x', start: 0, end: 9, size: 8, ...(buffer as object)}]};
    assert.throws(() => allocationsOf(toColumns(problem), 64), {name: 'UsageError', message});
  }
  const two = [0, 1].map(() => ({start: 0, end: 2, size: 8}));
  assert.throws(
    () => allocationsOf(toColumns({buffers: two, adjacent: [[0, 1]]}), 64),
    /the problem has constraints/,
  );
});

const SOURCE = {file: 'x', format: 'csv', iteration: null} as const;

async function planOf(allocations: readonly Allocation[], device: 'cpu' | 'cuda'): Promise<PytorchPlan> {
  const problem = problemOf(allocations, device === 'cpu' ? 64 : 512);
  const plan = planner.plan(problem, {nodeLimit: 20_000});
  const {lowerBound} = plan;
  const options = {allocations, device, lowerBound, source: SOURCE, version: '1.2.3', signature: 'one'};
  return pytorchPlan(checkedPlan(planner, problem, plan), options);
}

test('no two rows share bytes while both are live, and rows of two streams never do', async () => {
  const random = seeded(11);
  for (let k = 0; k < 30; k++) {
    const {buffers} = randomProblem(random, {buffers: 60, ticks: 50, sizes: 5000, longest: 20});
    const keys = 1 + (k % 3);
    const problem = {buffers: buffers.map(buffer => ({...buffer, part: `s${random(keys)}`}))};
    const {signatures} = await planOf(allocationsOf(toColumns(problem), 512), 'cuda');
    const {rows, peak, unit} = signatures[0]!;
    const top = ({offset, size}: (typeof rows)[number]) => offset! + Math.ceil(size / unit) * unit;
    for (const [i, a] of rows.entries()) {
      assert.ok(a.offset! % 512 === 0 && top(a) <= peak);
      for (const b of rows.slice(i + 1)) {
        const areLive = a.key !== b.key || a.end! > rows.indexOf(b);
        assert.ok(!areLive || top(a) <= b.offset! || top(b) <= a.offset!, `${JSON.stringify([a, b])}`);
      }
    }
  }
});

test('the fingerprint is the SHA-256 of the canonical text of all else', async () => {
  const plan = await planOf([{id: 'a', key: 0, size: 10, end: 1}], 'cpu');
  const {fingerprint, ...content} = plan;
  const text =
    '{"format":"stowage.pytorch/1","signatures":[{"device":"cpu","lowerBound":64,"name":"one","peak":64,"rows":[{"end":1,"key":0,"offset":0,"size":10}],"status":"optimal","unit":64}],"source":{"file":"x","format":"csv","iteration":null},"version":"1.2.3"}';
  assert.equal(canonicalText(content), text);
  assert.equal(fingerprint, `sha256:${createHash('sha256').update(text).digest('hex')}`);
  assert.deepEqual(JSON.parse([...pytorchPlanText(plan)].join('')), plan);
  assert.equal(
    canonicalText({b: 'größe\u007f😀"\n', a: [null, true]}),
    '{"a":[null,true],"b":"gr\\u00f6\\u00dfe\\u007f\\ud83d\\ude00\\"\\n"}',
  );
});

test('a plan of other buffers, and one of nothing, is refused', async () => {
  const open = [{id: 'a', key: 0, size: 10, end: null}];
  await assert.rejects(
    planOf(open, 'cpu'),
    /no allocation ends within the iteration: there is nothing to serve/,
  );
  const allocations = [{id: 'a', key: 0, size: 10, end: 1}];
  const plan = checkedPlan(planner, {buffers: []}, {offsets: []});
  const options = {allocations, device: 'cpu', lowerBound: 0, source: SOURCE, version: '1'} as const;
  await assert.rejects(pytorchPlan(plan, options), /the plan has 0 buffers, and 1 allocations end/);
});

// ---- the command line

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const cwd = newFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  return cwd;
}

const readPlanIn = (folder: string): PytorchPlan =>
  JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'));

test('export --format pytorch writes a folder with the plan, by its schema, and the same that Python is tested with', () => {
  const cwd = folderWith({'step.jsonl': TWO_STREAMS});
  const args = ['export', 'step.jsonl', '--format', 'pytorch', '-o', 'a/b', '--signature', 'step größer'];
  const {status, stdout, stderr} = stowage([...args, '--json'], {cwd});
  assert.equal(status, 0, stderr);
  const report: ExportJson = JSON.parse(stdout);
  assert.ok(isExport(report as unknown), JSON.stringify(isExport.errors));
  assert.deepEqual([report.output, report.allocations], [join('a/b', 'plan.json'), {count: 6, planned: 5}]);
  assert.deepEqual(readdirSync(join(cwd, 'a/b')), ['plan.json']);
  const text = readFileSync(join(cwd, 'a/b/plan.json'), 'utf8');
  assert.equal(report.written, Buffer.byteLength(text));
  assert.ok(isPlan(JSON.parse(text)), JSON.stringify(isPlan.errors));
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, text);
  assert.equal(readFileSync(GOLDEN, 'utf8'), text);
});

test('the text says how many allocations of which signature are planned', () => {
  const cwd = folderWith({'step.jsonl': TWO_STREAMS});
  const {stdout, stderr} = stowage(['export', 'step.jsonl', '--format', 'pytorch', '-o', 'out'], {cwd});
  const [, arena, signature] = stdout.split('\n');
  assert.equal(arena, 'arena        5,632 B (5.5 KiB), aligned to 512');
  assert.equal(signature, 'signature    train on cuda: 5 of 6 allocations planned');
  assert.match(stderr, /^stowage: step\.jsonl: 1 of 6 allocations not planned: they outlive the iteration$/m);
});

test('the examples are exported, and their plans proven optimal', () => {
  const cwd = newFolder();
  for (const [name, count] of [
    ['resnet50.training.json.gz', 1849],
    ['mobilenet_v2.inference.json.gz', 379],
  ] as const) {
    const {status, stderr} = stowage(['export', join(EXAMPLES, name), '--format', 'pytorch', '-o', name], {
      cwd,
    });
    assert.equal(status, 0, stderr);
    const plan = readPlanIn(join(cwd, name));
    assert.ok(isPlan(plan as unknown), JSON.stringify(isPlan.errors));
    const [signature] = plan.signatures;
    assert.deepEqual(
      [signature!.rows.length, signature!.name, signature!.status],
      [count, 'train', 'optimal'],
    );
    assert.deepEqual(plan.source, {file: name, format: 'kineto', iteration: 4});
  }
});

test('a plan that was reviewed is written as it is, and one that does not hold is refused', () => {
  const cwd = folderWith({'step.jsonl': TWO_STREAMS});
  const plan = [
    'plan',
    'step.jsonl',
    '--linear',
    '--iteration',
    '0',
    '--algorithm',
    'naive',
    '-o',
    'naive.csv',
  ];
  assert.equal(stowage(plan, {cwd}).status, 0);
  const args = ['export', 'step.jsonl', '--format', 'pytorch', '-o', 'out', '--iteration', '0', '--plan'];
  const {status, stderr} = stowage([...args, 'naive.csv'], {cwd});
  assert.equal(status, 0, stderr);
  const {rows, peak, status: proven} = readPlanIn(join(cwd, 'out')).signatures[0]!;
  const csv = readFileSync(join(cwd, 'naive.csv'), 'utf8').trim().split('\n');
  const column = csv[0]!.split(',').indexOf('offset');
  const offsets = csv.slice(1).map(line => Number(line.split(',')[column]));
  assert.deepEqual(
    rows.flatMap(({offset}) => (offset === null ? [] : [offset])),
    offsets.filter((_, i) => rows[i]!.end !== null),
  );
  assert.ok(peak > 5632);
  assert.equal(proven, 'feasible');
  writeFileSync(
    join(cwd, 'zeros.csv'),
    csv.map((line, i) => (i === 0 ? line : line.replace(/,\d+$/, ',0'))).join('\n'),
  );
  const refused = stowage([...args, 'zeros.csv'], {cwd});
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /^stowage: zeros\.csv: the plan does not hold/m);
});

test('what has no order of allocations, or is of no device that is served, is refused with its reason', () => {
  const cwd = folderWith({
    'net.tflite': tfliteGraph(9, 1),
    'step.jsonl': TWO_STREAMS,
    'hip.jsonl': eventLog('hip:0', '|', '+a 64', '-a'),
    'two.jsonl': `${HEADER}{"event":"malloc","address":1,"size":64,"device":"cpu"}\n{"event":"malloc","address":2,"size":640,"device":"xpu"}\n`,
    'open.jsonl': eventLog('cpu', '|', '+a 64'),
    'gaps.csv': 'id,lower,upper,size,gaps\na,0,9,8,3-4\n',
    'folder-is-a-file': '',
  });
  for (const [args, message] of [
    [
      ['net.tflite'],
      /net\.tflite: pytorch needs a recording of what PyTorch allocates .*, and this is tflite/,
    ],
    [['hip.jsonl'], /hip\.jsonl: stowage serves PyTorch's tensors on cpu and cuda, and this is hip:0$/m],
    [['two.jsonl'], /two\.jsonl: stowage serves .*, and this is xpu: choose another with --device cpu$/m],
    [['open.jsonl'], /open\.jsonl: no allocation ends within the iteration: there is nothing to serve/],
    [['gaps.csv'], /gaps\.csv: buffer "a": it has gaps, and an allocation has none/],
    [['step.jsonl', '--alignment', '64'], /--alignment: PyTorch aligns to 64 bytes on the CPU/],
    [
      ['step.jsonl', '--streams', 'together'],
      /--streams together: stowage serves each stream from bytes of its own/,
    ],
    [['step.jsonl', '--pool', 'a'], /--pool, --in-place: a plan for PyTorch has one arena/],
    [['step.jsonl', '--signature', ''], /step\.jsonl: signature: expected a name, got ""/],
  ] as const) {
    const {status, stderr} = stowage(['export', ...args, '--format', 'pytorch', '-o', 'out'], {cwd});
    assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
  }
  const header = stowage(['export', 'step.jsonl', '--format', 'c-header', '-o', 'x.h', '--signature', 'a'], {
    cwd,
  });
  assert.match(header.stderr, /--signature: only the format pytorch takes it, and this is c-header/);
  const occupied = stowage(['export', 'step.jsonl', '--format', 'pytorch', '-o', 'folder-is-a-file'], {cwd});
  assert.deepEqual([occupied.status, existsSync(join(cwd, 'out'))], [3, false]);
  assert.match(
    occupied.stderr,
    /^stowage: folder-is-a-file: there is a file of that name, and a folder is needed$/m,
  );
  assert.ok(existsSync(fileURLToPath(GOLDEN)));
});
