/** `stowage diff`, `top`, `check` and `anonymize` as their users meet them. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {logOf} from '../compare/tables.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, block, entry, freed, resetClock, segment, snapshot} from '../trace/snapshots.ts';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const MIB = 2 ** 20;

/** `a.jsonl`, and `b.jsonl`, in which conv has grown, pool is gone and dropout is new. */
function pair(): string {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'a.jsonl'), logOf('conv:100 relu:40 -0 pool:30 fc:8 -1 -2 -3'));
  writeFileSync(join(cwd, 'b.jsonl'), logOf('conv:160 relu:40 dropout:20 -0 fc:5 -1 -2 -3'));
  return cwd;
}

/** 10 MiB persistent, and at most 30 MiB live on top, of 50 MiB reserved. */
function snapshotFolder(): string {
  resetClock();
  const cwd = newFolder();
  const trace = [entry('alloc', BASE, 30 * MIB), ...freed(BASE, 30 * MIB)];
  const segments = [
    segment(0, BASE, [block(40 * MIB, 'inactive')]),
    segment(0, BASE + 256 * MIB, [block(10 * MIB, 'active_allocated')]),
  ];
  writeFileSync(join(cwd, 'snapshot.pickle'), pickle(snapshot([trace], segments)));
  return cwd;
}

test('diff shows totals, categories, operations and blocks', () => {
  const {status, stdout} = stowage(['diff', 'a.jsonl', 'b.jsonl'], {cwd: pair()});
  assert.equal(status, 0);
  assert.equal(
    stdout,
    `A  a.jsonl: event-log, cpu, the whole recording
B  b.jsonl: event-log, cpu, the whole recording
totals
  live at the peak               140 B  220 B  +80 B  +57.14 %
  of these persistent              0 B    0 B    0 B
  live bytes of the problem      140 B  220 B  +80 B  +57.14 %
  lower bound                    140 B  220 B  +80 B  +57.14 %
  planned peak                   140 B  220 B  +80 B  +57.14 %
  live at most, whole recording  140 B  220 B  +80 B  +57.14 %
by lifetime: change at the peak, live in A and in B, blocks of the step
  +80 B  140 B in 2  220 B in 3  4 → 4  within
by operation: change at the peak, live in A and in B, blocks of the step
  +60 B  100 B in 1  160 B in 1  1 → 1  conv
  +20 B    0 B in 0   20 B in 1  0 → 1  dropout
    0 B    0 B in 0    0 B in 0  1 → 0  pool
    0 B    0 B in 0    0 B in 0  1 → 1  fc
blocks: change at the peak and in the whole step
  +60 B  +60 B  1  grown, 100 B → 160 B  conv, b0
  +20 B  +20 B  1  new, 20 B             dropout, b2
    0 B  −30 B  1  gone, 30 B            pool, b2
    0 B   −3 B  1  shrunk, 8 B → 5 B     fc, b3
4 blocks in A, 4 in B: 1 the same, 1 grown, 1 shrunk, 1 new, 1 gone
`,
  );
});

test('--top names so many and sums the rest, so that all adds up', () => {
  const {stdout} = stowage(['diff', 'a.jsonl', 'b.jsonl', '--top', '1', '--json'], {cwd: pair()});
  const {changes, groups, totals} = JSON.parse(stdout);
  assert.equal(changes.top.length, 1);
  assert.deepEqual(changes.rest, {entries: 3, blocks: 3, change: -13, liveChange: 20});
  assert.equal(changes.top[0].liveChange + changes.rest.liveChange, totals.live.after - totals.live.before);
  assert.deepEqual(groups.operation.rest, {
    entries: 3,
    before: {blocks: 2, bytes: 38, liveBlocks: 0, liveBytes: 0},
    after: {blocks: 2, bytes: 25, liveBlocks: 1, liveBytes: 20},
  });
});

test('--exit-code is 1 where anything differs; else a difference is no failure', () => {
  const cwd = pair();
  assert.equal(stowage(['diff', 'a.jsonl', 'b.jsonl', '--exit-code'], {cwd}).status, 1);
  assert.equal(stowage(['diff', 'a.jsonl', 'a.jsonl', '--exit-code'], {cwd}).status, 0);
  assert.match(
    stowage(['diff', 'a.jsonl', 'a.jsonl'], {cwd}).stdout,
    /4 blocks in A, 4 in B: 4 the same, 0 grown, 0 shrunk, 0 new, 0 gone\n$/,
  );
});

test('a plan in JSON is compared by its totals, with or without offsets', () => {
  const cwd = pair();
  for (const plan of [
    ['-o', 'plan.json'],
    ['--no-offsets', '--json'],
  ]) {
    const {stdout} = stowage(['plan', 'a.jsonl', ...plan], {cwd});
    if (plan.includes('--json')) writeFileSync(join(cwd, 'plan.json'), stdout);
    const told = JSON.parse(stowage(['diff', 'plan.json', 'b.jsonl', '--json'], {cwd}).stdout);
    assert.deepEqual(told.totals.peak, {before: 140, after: 220});
    assert.deepEqual([told.blocks, told.before.format, told.totals.live.before], [null, 'plan', null]);
  }
});

test('problems and models are compared, too', () => {
  const cwd = newFolder();
  const five = readFileSync(join(EXAMPLES, 'five.csv'), 'utf8');
  writeFileSync(join(cwd, 'a.csv'), five);
  writeFileSync(join(cwd, 'b.csv'), five.replace('4096', '5000'));
  const {stdout} = stowage(['diff', 'a.csv', 'b.csv', '--markdown'], {cwd});
  assert.match(
    stdout,
    /^\| planned peak \| 9,216 B \(9\.0 KiB\) \| 10,120 B \(9\.9 KiB\) \| \+904 B \| \+9\.81 % \|$/m,
  );
  assert.match(stdout, /^\| \+904 B \| \+904 B \| 1 \| grown, 4,096 B → 5,000 B \| `conv1` \|$/m);
});

test('two iterations of one recording, each by its option', () => {
  const trace = 'resnet50.training.json.gz';
  const args = ['diff', trace, trace, '--no-plan', '--iteration', '2', '--iteration-b', '4', '--json'];
  const {before, after, blocks, totals} = JSON.parse(stowage(args).stdout);
  assert.deepEqual([before.iteration, after.iteration], [2, 4]);
  assert.deepEqual([blocks.before, blocks.after], [before.blocks, after.blocks]);
  assert.equal(totals.peak.before, null);
  assert.ok(blocks.new > 0);
});

test('top shows the live blocks at the peak, and at another event', () => {
  const cwd = pair();
  assert.equal(
    stowage(['top', 'a.jsonl', '--at-peak'], {cwd}).stdout,
    `read    a.jsonl: event-log, cpu, the whole recording
moment  the peak: 140 B live at most, after event 2 of 8
live 140 B in 2 blocks, by operation
  71.4 %  100 B  1  conv
  28.6 %   40 B  1  relu
`,
  );
  const told = JSON.parse(
    stowage(['top', 'a.jsonl', '--at', '4', '--by', 'block', '-n', '1', '--json'], {cwd}).stdout,
  );
  assert.deepEqual(told.moment, {kind: 'event', at: 4, recording: null});
  assert.deepEqual(told.top, [
    {name: 'b1', blocks: 1, bytes: 40, source: 'relu', frame: null, share: 40 / 78},
  ]);
  assert.deepEqual(told.rest, {entries: 2, blocks: 2, bytes: 38});
});

test('top counts the persistent blocks of a snapshot that the recording does not show', () => {
  const cwd = snapshotFolder();
  const {stdout} = stowage(['top', 'snapshot.pickle', '--by', 'block'], {cwd});
  assert.match(stdout, /^live 41,943,040 B \(40\.0 MiB\) in 2 blocks, by block$/m);
  assert.match(stdout, /^ {2}25\.0 % .* persistent, from before the recording$/m);
});

test('check passes at the limits and fails beyond them, a line each', () => {
  const cwd = pair();
  const sound = stowage(
    ['check', 'a.jsonl', '--max-peak', '140', '--max-load', '140', '--max-fragmentation', '0%'],
    {cwd},
  );
  assert.deepEqual(
    [sound.status, sound.stdout],
    [
      0,
      `ok      max-peak of the whole recording: 140 B of at most 140 B
ok      max-load of the whole recording: 140 B of at most 140 B
ok      max-fragmentation of the whole recording: 0 % of at most 0 %
3 checks passed: a.jsonl: event-log, cpu, the whole recording
`,
    ],
  );
  const failed = stowage(
    ['check', 'a.jsonl', '--max-peak', '139', '--capacity', '139', '--max-reserved', '1GiB'],
    {cwd},
  );
  assert.deepEqual(
    [failed.status, failed.stdout],
    [
      1,
      `FAILED  max-peak of the whole recording: 140 B of at most 139 B
FAILED  max-reserved of the whole recording: unknown: event-log does not record reserved bytes; a CUDA memory snapshot does
FAILED  capacity of the whole recording: 140 B of at most 139 B: no plan of the whole recording can fit
3 of 3 checks failed: a.jsonl: event-log, cpu, the whole recording
`,
    ],
  );
});

test('a capacity does not end the planning at the first plan that fits', () => {
  const args = ['check', 'resnet50.training.json.gz', '--capacity', '1GB', '--json'];
  assert.equal(JSON.parse(stowage(args).stdout).figures.peak, 409087556);
});

test('a baseline is a plan in JSON, and a recording without names is held to it as well', () => {
  const cwd = pair();
  writeFileSync(join(cwd, 'plan.json'), stowage(['plan', 'a.jsonl', '--json', '--no-offsets'], {cwd}).stdout);
  const check = (file: string, ...more: string[]) =>
    stowage(['check', file, '--baseline', 'plan.json', ...more], {cwd});
  assert.equal(check('a.jsonl').status, 0);
  const grown = check('b.jsonl');
  assert.equal(grown.status, 1);
  assert.match(grown.stdout, /^FAILED {2}baseline-peak of the whole recording: 220 B of at most 140 B$/m);
  assert.equal(check('b.jsonl', '--tolerance', '58%').status, 0);
  const other = stowage(['check', 'a.jsonl', '--baseline', 'b.jsonl'], {cwd});
  assert.equal(other.status, 3);
  assert.match(other.stderr, /^stowage: b\.jsonl: /);
});

test('a baseline that was planned with other lifetimes is reported', () => {
  const cwd = newFolder();
  const trace = join(EXAMPLES, 'mobilenet_v2.inference.json.gz');
  stowage(['plan', trace, '--linear', '-o', 'plan.json'], {cwd});
  const {status, stderr} = stowage(['check', trace, '--baseline', 'plan.json', '--tolerance', '1%'], {cwd});
  assert.equal(status, 0);
  assert.match(stderr, /the baseline was planned with linear lifetimes, this file with cyclic/);
});

test('check of a snapshot: reserved and fragmented bytes and the capacity, with persistent blocks', () => {
  const cwd = snapshotFolder();
  const check = (...args: string[]) => stowage(['check', 'snapshot.pickle', ...args, '--json'], {cwd});
  const {status, stdout} = check('--max-reserved', '50MiB', '--max-stranded', '20%', '--capacity', '40MiB');
  assert.equal(status, 0, stdout);
  const {evidence, ...figures} = JSON.parse(stdout).figures;
  assert.deepEqual(evidence.scope, {kind: 'recording', device: 'cuda:0'});
  assert.deepEqual(figures, {
    peak: 30 * MIB,
    lowerBound: 30 * MIB,
    load: 30 * MIB,
    persistent: 10 * MIB,
    reserved: 50 * MIB,
    allocated: 40 * MIB,
  });
  assert.equal(check('--max-stranded', '19.9%').status, 1);
  assert.equal(check('--capacity', '41943039').status, 1);
});

test('a summary for continuous integration goes to a file, the lines to the log', () => {
  const cwd = pair();
  const {status, stdout} = stowage(['check', 'b.jsonl', '--max-peak', '200', '--markdown', '-o', 'summary'], {
    cwd,
  });
  assert.equal(status, 1);
  assert.match(stdout, /^FAILED {2}max-peak of the whole recording: 220 B of at most 200 B$/m);
  assert.equal(
    readFileSync(join(cwd, 'summary'), 'utf8'),
    `stowage check: \`b.jsonl: event-log, cpu, the whole recording\`

**1 of 1 check failed**

|  | check | of | value | at most | why |
| --- | --- | --- | ---: | ---: | --- |
| ❌ | max-peak | the whole recording | 220 B | 200 B |  |
`,
  );
});

test('anonymize writes a recording that plans alike, and lists the parts left out', () => {
  const cwd = newFolder();
  const trace = join(EXAMPLES, 'resnet50.training.json.gz');
  const {status, stdout} = stowage(['anonymize', trace, '-o', 'log.jsonl.gz', '--key', 'k'], {cwd});
  assert.deepEqual([status, stdout], [0, 'wrote log.jsonl.gz: 41 names hashed; left out: 9 × annotation\n']);
  const told = JSON.parse(stowage(['diff', trace, 'log.jsonl.gz', '--json'], {cwd}).stdout);
  for (const {before, after} of Object.values(told.totals) as {before: unknown; after: unknown}[])
    assert.equal(before, after);
  stowage(['anonymize', trace, '-o', 'again.jsonl.gz', '--key', 'k'], {cwd});
  assert.deepEqual(readFileSync(join(cwd, 'again.jsonl.gz')), readFileSync(join(cwd, 'log.jsonl.gz')));
  stowage(['anonymize', trace, '-o', 'random.jsonl.gz'], {cwd});
  assert.notDeepEqual(readFileSync(join(cwd, 'random.jsonl.gz')), readFileSync(join(cwd, 'log.jsonl.gz')));
});

const BAD_USAGE: readonly [string[], RegExp][] = [
  [['check', 'five.csv'], /^stowage: nothing to check: expected --max-peak, /],
  [
    ['check', 'five.csv', '--max-peak', '1', '--tolerance', '1%'],
    /^stowage: --tolerance applies to --baseline, which is missing/,
  ],
  [['check', 'five.csv', '--max-fragmentation', 'low'], /expected a percentage such as 5%/],
  [
    ['check', 'five.csv', '--max-peak', '1', '-o', 'summary'],
    /^stowage: -o summary: expected --json or --markdown, or/,
  ],
  [
    ['check', 'five.csv', '--max-peak', '1', '--json', '--markdown'],
    /cannot be used with option '--markdown'/,
  ],
  [['check', '-', '--baseline', '-'], /^stowage: FILE and --baseline cannot both be -/],
  [['diff', '-', '-'], /^stowage: A and B cannot both be -/],
  [
    ['diff', 'five.csv', 'five.csv', '--iteration', 'all'],
    /^stowage: --iteration all: this command takes one iteration: /,
  ],
  [
    ['top', 'five.csv', '--by', 'frame'],
    /^stowage: five\.csv: --by frame: this csv does not record it; expected block/,
  ],
  [['top', 'five.csv', '--at', '1', '--at-peak'], /cannot be used with option '--at/],
  [
    ['top', 'resnet50.training.json.gz', '--iteration', '4', '--at', '3'],
    /^stowage: resnet50\.training\.json\.gz: event: expected one from \d+ to \d+, after which the moment is, got 3/,
  ],
  [
    ['anonymize', 'five.csv', '-o', 'five.jsonl'],
    /^stowage: -o five\.jsonl: expected a name that ends in \.csv, since/,
  ],
  [
    ['anonymize', 'five.csv', '-o', 'five.txt'],
    /expected a name that ends in \.jsonl \(for a trace\) or \.csv/,
  ],
  [['anonymize', 'five.csv', '-o', 'five.csv.gz', '--key', ''], /^stowage: --key: expected a text/],
];

for (const [args, message] of BAD_USAGE) {
  test(`bad usage exits with 2 and says why: stowage ${args.join(' ')}`, () => {
    const {status, stdout, stderr} = stowage(args, {input: new Uint8Array(0)});
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, message);
    assert.equal(existsSync(join(EXAMPLES, 'five.csv.gz')), false);
  });
}
