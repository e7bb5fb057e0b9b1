/** `stowage plan --changes` and `--what-if`: figures, JSON, and what is refused. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const TRAINING = join(EXAMPLES, 'resnet50.training.json.gz');
const schema = new Ajv2020({allErrors: true, allowUnionTypes: true}).compile(
  JSON.parse(readFileSync(new URL('../../docs/plan.schema.json', import.meta.url), 'utf8')),
);

/** @returns the errors, as a text; empty for none. */
function faults(plan: object): string {
  return schema(plan) ? '' : JSON.stringify(schema.errors);
}

function listIn(cwd: string, changes: unknown, more = {}): string {
  writeFileSync(join(cwd, 'changes.json'), JSON.stringify({schema: 'stowage.changes/1', ...more, changes}));
  return 'changes.json';
}

test('each change alone and all together, with what they take for granted', () => {
  const {stdout, stderr, status} = stowage([
    'plan',
    TRAINING,
    '--what-if',
    'off:gradients',
    '--what-if',
    'checkpoint:aten::batch_norm',
    '--what-if',
    'off:optimizer-state',
  ]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^at the peak {2}gradients 62\.9 MiB; activations 313\.3 MiB; temporaries 14 MiB$/m);
  assert.match(
    stdout,
    /gradients off: 161 buffers, 97\.5 MiB, 62\.9 MiB at the peak\n {4}alone: peak 352,431,748 B \(336\.1 MiB\), proven, 54 MiB less \(−13\.8 %\)/,
  );
  assert.match(stdout, /checkpoint aten::batch_norm: 102 buffers[\s\S]*?alone: peak 408,972,356 B .*proven/);
  assert.match(stdout, /53 calls: no uses are recorded/);
  assert.match(stdout, /^ {2}optimizer-state off: nothing is selected$/m);
  assert.match(stderr, /optimizer-state off: nothing here is selected, so it changes nothing/);
  assert.match(stdout, /^together {5}peak [\d,]+ B .*less/m);
});

test('a list is read with its options, and its JSON fits the schema', () => {
  const cwd = newFolder();
  const changes = [
    {kind: 'scale', factor: 0.5, of: {words: 'conv'}},
    {kind: 'gone', of: {buffer: 'fc'}},
    {kind: 'gone', of: {buffer: 'skip'}, off: true},
  ];
  const file = listIn(cwd, changes, {name: 'less', options: {alignment: 4096}});
  const {stdout, stderr} = stowage(['plan', join(EXAMPLES, 'five.csv'), '--changes', file, '--json'], {cwd});
  assert.notEqual(stdout, '', stderr);
  const plan = JSON.parse(stdout);
  assert.equal(faults(plan), '');
  assert.deepEqual([plan.peak, plan.changes.name, plan.changes.before.peak], [13_312, 'less', 13_312]);
  assert.deepEqual(
    plan.changes.single.map(
      ({buffers, bytes, assumptions}: {buffers: number; bytes: number; assumptions: string[]}) => [
        buffers,
        bytes,
        assumptions,
      ],
    ),
    [
      [2, 6144, []],
      [1, 6144, []],
    ],
  );
  assert.deepEqual(plan.changes.together, {
    peak: 9216,
    lowerBound: 9216,
    isProven: true,
    persistent: 0,
    stays: 0,
    needed: 9216,
  });
});

test('a snapshot shows what its weights need, and what would be recovered', () => {
  const {stdout} = stowage([
    'plan',
    join(EXAMPLES, 'out-of-memory.pickle.gz'),
    '--what-if',
    'off:weights',
    '--json',
  ]);
  const {changes} = JSON.parse(stdout);
  assert.deepEqual(changes.single[0].persistent, {count: 48, bytes: 2_113_929_216});
  assert.equal(changes.before.needed - changes.together.needed, 2_113_929_216);
  assert.deepEqual(changes.recoverable, {before: 289_342_976, after: 289_342_976 + 2_113_929_216});
  assert.equal(faults(JSON.parse(stdout)), '');
});

test('what cannot be read, made or combined is refused with its place', () => {
  const cwd = newFolder();
  const five = join(EXAMPLES, 'five.csv');
  const refused = (args: readonly string[], message: RegExp, code: number) => {
    const {stderr, status} = stowage(['plan', ...args], {cwd});
    assert.match(stderr, message);
    assert.equal(status, code, stderr);
  };
  const bad = listIn(cwd, [{kind: 'scale', of: 'batch'}]);
  refused([five, '--changes', bad], /changes\.json: changes\[0\]\.factor: expected a factor/, 2);
  refused([five, '--changes', 'none.json'], /none\.json/, 3);
  refused([five, '--what-if', 'smaller'], /expected batch\*0\.5, .* got "smaller"/, 2);
  refused([five, '--what-if', 'dtype:float32'], /records no element types/, 2);
  refused([five, '--what-if', 'checkpoint:L1'], /changes\[0\]: no backward is known here/, 2);
  refused([five, '--what-if', 'batch*0.5', '-o', 'plan.csv'], /-o cannot be combined with --changes/, 2);
});
