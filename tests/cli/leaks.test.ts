/** What stays behind and what waits, on the command line: text, JSON, a gate and pictures. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import {leaking, plain, waiting} from '../page/leak-snapshots.ts';
import {newFolder, stowage} from './stowage.ts';

const folder = newFolder();
for (const [name, data] of [
  ['leaking', leaking()],
  ['waiting', waiting()],
  ['plain', plain()],
] as const)
  writeFileSync(join(folder, `${name}.pickle`), data);

const run = (...args: readonly string[]) => stowage(args, {cwd: folder});
const inspect = (name: string, ...more: readonly string[]) =>
  run('inspect', `${name}.pickle`, ...more).stdout;

test('inspect says what grows, and nothing where nothing grows', () => {
  assert.match(
    inspect('leaking'),
    /leaks: in the 7 whole iterations recorded, 1 site grows with a strong trend: 6,291,456 B \(6\.0 MiB\) more are live after the last of them than after the first\n +1,048,576 B \(1\.0 MiB\) per iteration, \+6,291,456 B \(6\.0 MiB\) in all, rose 6 of 6 times; 7 blocks, 7,340,032 B \(7\.0 MiB\) at the end: \/home\/me\/train\.py:31 log_loss, aten::stack: strong trend: rising less falling pairs of iterations are 21 of 21, by chance alone at most 1 in 5,040\n/,
  );
  assert.doesNotMatch(inspect('waiting'), /leaks:/);
  assert.doesNotMatch(inspect('plain'), /leaks:|waiting frees:/);
});

test('inspect --leaks says what there is to say of all, with its scope', () => {
  const text = inspect('leaking', '--leaks');
  assert.match(
    text,
    /A trend is strong if, with each order .* at the one site that changes in at most 1 of 100 recordings/,
  );
  assert.match(text, /live after each: 1,048,576, 2,097,152, .*, 7,340,032 B\n/);
  assert.match(text, /waiting frees: no free of the recording waited for other streams\n/);
  const none = inspect('plain', '--leaks');
  assert.match(none, /leaks: the recording has no whole iteration, so what stays behind .* is not known\n/);
  assert.match(none, /record_function\('step'\)/);
  assert.match(
    inspect('waiting', '--leaks'),
    /leaks: in the 5 whole iterations recorded, no site grows with a trend/,
  );
});

test('inspect says what waits at the peak, and how far the peak could fall at most', () => {
  assert.match(
    inspect('waiting'),
    /waiting frees: at the peak of the recording, 12,582,912 B \(12\.0 MiB\), 8,388,608 B \(8\.0 MiB\) waited: had each block been free when the program asked, the same events would need 8,388,608 B \(8\.0 MiB\), 4,194,304 B \(4\.0 MiB\) less; this is the most that can be saved so, .*\n +8,388,608 B \(8\.0 MiB\) at the peak, 8,388,608 B \(8\.0 MiB\) at most, 5 frees, longest 2 events, 2 µs: \/home\/me\/train\.py:12 forward, aten::conv2d\n/,
  );
});

/** What the test reads of it. */
interface Device {
  readonly leaks: {
    readonly by: string;
    readonly whole: number;
    readonly sites: readonly {readonly level: string; readonly growth: number; readonly chance: object}[];
  };
  readonly waits: {
    readonly count: number;
    readonly atPeak: number;
    readonly peak: number;
    readonly peakWithout: number;
  };
}

test('the JSON has both, and fits its schema', () => {
  const schema = JSON.parse(readFileSync(new URL('../../docs/inspect.schema.json', import.meta.url), 'utf8'));
  const validate = new Ajv2020({allowUnionTypes: true}).compile(schema);
  for (const [name, more] of [
    ['leaking', []],
    ['waiting', ['--leaks']],
    ['plain', []],
  ] as const) {
    const json: unknown = JSON.parse(inspect(name, '--json', ...more));
    assert.ok(validate(json), JSON.stringify(validate.errors));
    const [{leaks, waits}] = (json as {devices: readonly [Device]}).devices;
    if (name === 'leaking') {
      const site = leaks.sites[0]!;
      assert.deepEqual(
        [leaks.by, leaks.whole, site.level, site.growth, site.chance],
        ['stack', 7, 'strong', 1_048_576, {asStrong: '1', orders: '5040'}],
      );
    } else if (name === 'waiting')
      assert.deepEqual(
        [waits.count, waits.atPeak, waits.peak - waits.peakWithout],
        [5, 8_388_608, 4_194_304],
      );
    else assert.deepEqual([leaks.whole, leaks.sites, waits.count], [0, [], 0]);
  }
});

test('check --max-growth fails for a leak with its site, passes without one, and fails where it is not known', () => {
  const failed = run('check', 'leaking.pickle', '--max-growth', '1000');
  assert.equal(failed.status, 1);
  assert.match(
    failed.stdout,
    /FAILED {2}max-growth of the whole recording: 1,048,576 B \(1\.0 MiB\) of at most 1,000 B: in the 7 whole iterations recorded, fastest at \/home\/me\/train\.py:31 log_loss, aten::stack: 1,048,576 B \(1\.0 MiB\) per iteration, strong trend\n/,
  );
  const passed = run('check', 'waiting.pickle', '--max-growth', '0');
  assert.equal(passed.status, 0);
  assert.match(passed.stdout, /ok {4} {2}max-growth of the whole recording: 0 B of at most 0 B\n/);
  const unknown = run('check', 'plain.pickle', '--max-growth', '0');
  assert.equal(unknown.status, 1);
  assert.match(unknown.stdout, /growth shows from three whole iterations on, and 0 were recorded/);
});

test('a report draws both and answers both questions', () => {
  const leak = run('report', 'leaking.pickle', '--picture', 'leaks', '-o', 'leaks.csv');
  assert.equal(leak.status, 0, leak.stderr);
  const [head, first] = readFileSync(join(folder, 'leaks.csv'), 'utf8').split('\n');
  assert.match(head!, /^site,iteration/);
  assert.match(first!, /train\.py:31 log_loss, aten::stack",0,1048576,.*1048576/);
  assert.match(
    leak.stdout + leak.stderr,
    /Does memory grow from iteration to iteration\? Yes, with a strong trend/,
  );
  const wait = run('report', 'waiting.pickle', '-o', 'waiting.html');
  assert.match(
    wait.stdout + wait.stderr,
    /How much of the peak waits for other streams\? At most 4 MiB of it/,
  );
  assert.match(readFileSync(join(folder, 'waiting.html'), 'utf8'), /<section id="waits">/);
});
