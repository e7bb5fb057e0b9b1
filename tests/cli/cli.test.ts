/** The command line as a user meets it: outputs, exit codes, messages. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

test('plan reports in five lines the input, the buffers, the bound, the peak and the size without reuse', () => {
  const {status, stdout, stderr} = stowage(['plan', 'five.csv']);
  assert.equal(status, 0);
  assert.equal(stderr, '');
  assert.match(
    stdout.replace(/\d+\.\d\d s\)/, 'S s)'),
    /^read {9}five\.csv: csv\nbuffers {6}5\nlower bound {2}9,216 B \(9\.0 KiB\), at ticks 2 to 3\npeak {9}9,216 B \(9\.0 KiB\), optimal: no plan can be smaller \([a-z-]+, S s\)\nno reuse {5}17,408 B \(17\.0 KiB\), 1\.89 times the peak\n$/,
  );
});

test('--json is one object of the contract, its keys in order', () => {
  const {status, stdout} = stowage(['plan', 'resnet50.training.json.gz', '--json', '--no-offsets']);
  assert.equal(status, 0);
  assert.equal(stdout.trimEnd().split('\n').length, 1);
  const json = JSON.parse(stdout);
  assert.deepEqual(Object.keys(json), [
    'schema',
    'source',
    'buffers',
    'carried',
    'persistentBytes',
    'recordedLoad',
    'capacity',
    'lowerBound',
    'peak',
    'status',
    'algorithm',
    'seed',
    'nodes',
    'evidence',
    'recording',
    'seconds',
    'warnings',
  ]);
  assert.equal(json.schema, 'stowage.plan/1');
  assert.deepEqual(json.source, {
    file: 'resnet50.training.json.gz',
    format: 'kineto',
    iteration: 4,
    lifetimes: 'cyclic',
    device: 'cpu',
  });
  assert.deepEqual([json.buffers, json.carried], [1849, {in: 161, out: 161, matched: 161}]);
  assert.deepEqual(Object.keys(json.seconds), ['import', 'start', 'solve', 'verify', 'total']);
  const {start, solve, verify} = json.seconds;
  assert.equal(json.seconds.total, json.seconds.import + start + solve + verify);
});

test('the linear step has the buffers and the unrounded load that the recording has', () => {
  const {stdout} = stowage([
    'plan',
    'resnet50.training.json.gz',
    '--iteration',
    '3',
    '--linear',
    '--alignment',
    '1',
    '--json',
  ]);
  const json = JSON.parse(stdout);
  assert.deepEqual([json.buffers, json.lowerBound, json.offsets.length], [2010, 409087432, 2010]);
  assert.equal(json.source.lifetimes, 'linear');
});

test('--iteration all prints one object a line', () => {
  const {stdout} = stowage([
    'plan',
    'mobilenet_v2.inference.json.gz',
    '--iteration',
    'all',
    '--json',
    '--no-offsets',
  ]);
  const iterations = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line).source.iteration);
  assert.deepEqual(iterations, [2, 3, 4]);
});

test('verify accepts the output of plan: CSV and JSON, of a problem and of a trace', () => {
  const folder = newFolder();
  for (const [input, options] of [
    ['five.csv', []],
    ['resnet50.training.json.gz', ['--iteration', '3', '--linear']],
    ['resnet50.training.json.gz', []],
  ] as const) {
    for (const plan of ['plan.csv', 'plan.json'].map(name => join(folder, name))) {
      assert.equal(stowage(['plan', input, ...options, '-o', plan]).status, 0);
      // a JSON plan of a trace says which iteration it is for
      const {status, stdout} = stowage(['verify', input, plan, ...(plan.endsWith('.json') ? [] : options)]);
      assert.match(stdout, /^valid: /, `${input} ${plan}`);
      assert.equal(status, 0);
    }
  }
  assert.deepEqual(readdirSync(folder).sort(), ['plan.csv', 'plan.json']);
});

test("a plan's CSV is the problem with offsets, in the problem's order", () => {
  const plan = join(newFolder(), 'plan.csv');
  stowage(['plan', 'five.csv', '--algorithm', 'greedy-by-size', '-o', plan]);
  assert.equal(
    readFileSync(plan, 'utf8'),
    'id,lower,upper,size,alignment,offset\nconv1,0,3,4096,1,0\nrelu1,2,5,4096,1,4096\nconv2,4,8,2048,1,8192\nskip,1,8,1024,1,10240\nfc,7,9,6144,1,0\n',
  );
});

test('verify names the fault and exits with 1', () => {
  const plan = join(newFolder(), 'plan.csv');
  writeFileSync(
    plan,
    'id,lower,upper,size,offset\nfc,7,9,6144,0\nconv1,0,3,4096,0\nrelu1,2,5,4096,4000\nconv2,4,8,2048,8096\nskip,1,8,1024,11000\n',
  );
  const {status, stdout} = stowage(['verify', 'five.csv', plan]);
  assert.equal(status, 1);
  assert.equal(
    stdout,
    'invalid: overlap: "conv1" at 0 to 4096 and "relu1" at 4000 to 8096, live at the same time\n',
  );
  assert.equal(stowage(['verify', 'five.csv', 'five.csv']).status, 3);
});

test('capacity: fits, proven infeasible, not found', () => {
  assert.equal(stowage(['plan', 'five.csv', '--capacity', '12KiB']).status, 0);
  const infeasible = stowage(['plan', 'five.csv', '--capacity', '9215']);
  assert.equal(infeasible.status, 4);
  assert.match(infeasible.stdout, /no plan can fit 9,215 B/);
  const output = join(newFolder(), 'plan.csv');
  const notFound = stowage(['plan', 'five.csv', '--capacity', '9216', '--algorithm', 'naive', '-o', output]);
  assert.equal(notFound.status, 5);
  assert.match(notFound.stdout, /does not fit 9,216 B \(9\.0 KiB\), another plan may/);
  assert.equal(stowage(['verify', 'five.csv', output]).status, 0); // the best one found is still written
});

test('a gzipped trace from stdin is detected from its content', () => {
  const input = readFileSync(join(EXAMPLES, 'mobilenet_v2.inference.json.gz'));
  for (const data of [input, gunzipSync(input)]) {
    const {status, stdout} = stowage(['plan', '-', '--json', '--no-offsets'], {input: data});
    assert.equal(status, 0);
    assert.equal(JSON.parse(stdout).source.file, '<stdin>');
    assert.equal(JSON.parse(stdout).buffers, 380);
  }
});

test('convert writes a step that plans alike, and an event log that reads alike', () => {
  const folder = newFolder();
  const trace = 'mobilenet_v2.inference.json.gz';
  const planned = (file: string) => {
    const {buffers, peak, lowerBound} = JSON.parse(stowage(['plan', file, '--json', '--no-offsets']).stdout);
    return {buffers, peak, lowerBound};
  };
  for (const name of ['step.csv', 'log.jsonl']) {
    const output = join(folder, name);
    assert.equal(stowage(['convert', trace, '-o', output]).status, 0);
    assert.deepEqual(planned(output), planned(trace), name);
  }
});

test('a CUDA snapshot is inspected, planned and converted, its persistent blocks apart', () => {
  const file = join(EXAMPLES, '../tests/trace/fixtures/cuda-snapshot/everything.pickle');
  const inspected = stowage(['inspect', file]);
  assert.equal(inspected.status, 0);
  assert.match(inspected.stdout, /cuda-snapshot, 9 events, 6 blocks, 3 operations/);
  assert.match(
    inspected.stdout,
    /reserved 23,068,672 B \(22\.0 MiB\) at the end, .*; 2 persistent blocks: 2,097,152 B \(2\.0 MiB\)/,
  );
  assert.match(inspected.stderr, /cuda:0 ran out of memory: 80000000000 bytes were asked for/);
  const planned = stowage(['plan', file, '--iteration', 'window', '--device', 'cuda:0', '--json']);
  assert.equal(planned.status, 0);
  const plan = JSON.parse(planned.stdout);
  assert.equal(plan.persistentBytes, 2 << 20);
  assert.equal(plan.buffers, 5);
  const log = join(newFolder(), 'log.jsonl');
  assert.equal(stowage(['convert', file, '-o', log]).status, 0);
  const again = stowage(['plan', log, '--iteration', 'window', '--device', 'cuda:0', '--json']);
  assert.deepEqual(JSON.parse(again.stdout).offsets, plan.offsets);
});

test('inspect shows formats, devices and iterations', () => {
  const {stdout} = stowage(['inspect', 'resnet50.training.json.gz']);
  assert.match(stdout, /kineto, 10,933 events/);
  assert.match(stdout, /cpu: 10,933 events, .* 409,087,432 B .* live at most, alignment 64/);
  assert.match(stdout, /iterations: 3, from ProfilerStep annotations/);
  const json = JSON.parse(stowage(['inspect', 'five.csv', '--json']).stdout);
  assert.deepEqual([json.schema, json.buffers, json.load], ['stowage.inspect/1', 5, 9216]);
});

const BAD_USAGE: readonly [string[], RegExp][] = [
  [
    ['plan', 'five.csv', '--capacity', '-3'],
    /^stowage: option '--capacity <BYTES>' argument '-3' is invalid/,
  ],
  [['plan', 'five.csv', '--alignment', '3'], /expected a power of two/],
  [['plan', 'five.csv', '--time-limit', 'soon'], /expected a duration such as 10s/],
  [
    ['plan', 'five.csv', '--algorithm', 'best'],
    /Allowed choices are auto, portfolio, class-sweep, windows, local, exact, beam, naive/,
  ],
  [['plan', 'five.csv', '--iteration', '3'], /^stowage: five\.csv: --iteration: only a trace has iterations/],
  [
    ['plan', 'resnet50.training.json.gz', '--iteration', '9'],
    /^stowage: resnet50\.training\.json\.gz: iteration: expected one from 2 to 4, got 9/,
  ],
  [
    ['plan', 'resnet50.training.json.gz', '--device', 'cuda:0'],
    /^stowage: resnet50\.training\.json\.gz: device: /,
  ],
  [
    ['plan', 'five.csv', '-o', 'plan.txt'],
    /^stowage: -o plan\.txt: expected a name that ends in \.csv, \.json, \.tflite, /,
  ],
  [['paln', 'five.csv'], /^stowage: unknown command 'paln'\n\(Did you mean plan\?\)/],
  [['plan'], /^stowage: missing required argument 'FILE'/],
  [[], /Usage: stowage/],
];

for (const [args, message] of BAD_USAGE) {
  test(`bad usage exits with 2 and says why: stowage ${args.join(' ')}`, () => {
    const {status, stdout, stderr} = stowage(args);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}

test('unreadable input exits with 3 and names file, line and fault', () => {
  const folder = newFolder();
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cases: readonly [string, RegExp][] = [
    [join(folder, 'absent.csv'), /absent\.csv: no such file\n$/],
    [folder, /: is a folder\n$/],
    [write('bad.csv', 'id,lower,upper,size\na,0,3,4\nb,1,x,4\n'), /bad\.csv:3: /],
    [write('empty', ''), /empty: .*empty/],
    [write('what', 'hello world'), /what: unknown format: it begins with "hello world"/],
    [
      write(
        'cut.gz',
        readFileSync(join(EXAMPLES, 'resnet50.training.json.gz')).subarray(0, 9000).toString('latin1'),
      ),
      /cut\.gz: /,
    ],
  ];
  for (const [file, message] of cases) {
    const {status, stdout, stderr} = stowage(['plan', file]);
    assert.equal(status, 3, `${file}: ${stderr}`);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.match(stderr, /^stowage: /);
  }
});

test('an output that cannot be written leaves the old file, and no temporary file', () => {
  const folder = newFolder();
  const {status, stderr} = stowage(['plan', 'five.csv', '-o', join(folder, 'no', 'plan.csv')]);
  assert.equal(status, 3);
  assert.match(stderr, /plan\.csv: its folder does not exist/);
  assert.deepEqual(readdirSync(folder), []);
});

test('help shows examples, and the version is the package’s', () => {
  assert.match(stowage(['--help']).stdout, /Examples:\n {2}stowage plan/);
  assert.match(stowage(['plan', '--help']).stdout, /--iteration <N>/);
  const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.equal(stowage(['--version']).stdout, `${version}\n`);
});

test('inspect shows how memory behaves, in text and as an object', () => {
  const text = stowage(['inspect', 'resnet50.training.json.gz']).stdout;
  assert.match(
    text,
    /^ {2}stability: 2 of 3 complete iterations have the same 3,698 events; 1,849 to 2,010 blocks/m,
  );
  assert.match(text, /^ {4}iteration 2 differs at event 2: malloc of 37,632 B instead of free/m);
  assert.match(text, /^ {2}peak of iteration 4: 409,087,432 B \(390\.1 MiB\)/m);
  const lines = [
    'malloc 1 100 0',
    'write 1 100 1',
    'malloc 2 100 2',
    'write 2 100 3',
    'free 2 100 10',
    'read 1 100 20',
    'free 1 100 21',
  ].map(line => {
    const [event, address, size, time] = line.split(' ');
    return JSON.stringify({event, address: Number(address), size: Number(size), time: Number(time)});
  });
  const input = new TextEncoder().encode(`${['{"schema":"stowage.events/1"}', ...lines].join('\n')}\n`);
  const {stdout} = stowage(['inspect', '-', '--json', '--swap-limit', '100', '--outlier-bytes', '100'], {
    input,
  });
  const {schema, devices} = JSON.parse(stdout);
  assert.equal(schema, 'stowage.inspect/1');
  const {intervals, swap, peak} = devices[0].behaviour;
  assert.deepEqual(intervals.kinds, {RR: 0, RW: 0, WR: 1, WW: 0});
  assert.equal(intervals.outliers.count, 1);
  assert.deepEqual([swap.schedule.isMet, swap.schedule.peak, swap.schedule.swaps], [true, 100, 1]);
  assert.equal(peak.byContent.peakBytes, 200);
  assert.match(
    stowage(['inspect', '-', '--swap-limit', '99'], {input}).stdout,
    /99 B cannot be reached by swapping: 1 B too much remains/,
  );
});
