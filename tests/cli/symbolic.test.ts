/** Dimensions on the command line: docs/symbolic.md as written, models, C, and what is refused. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv2020} from 'ajv/dist/2020.js';
import {transformer, unet} from '../symbolic/models.ts';
import {newFolder, stowage} from './stowage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCS = readFileSync(join(ROOT, 'docs/symbolic.md'), 'utf8');

const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
const schema = (name: string) =>
  ajv.compile(JSON.parse(readFileSync(join(ROOT, `docs/${name}.schema.json`), 'utf8')));

/** A folder with the files that the document shows, and two models. */
function folder(): string {
  const made = newFolder();
  mkdirSync(join(made, 'node_modules'));
  symlinkSync(ROOT, join(made, 'node_modules', 'stowage'), 'junction');
  for (const [, name, text] of DOCS.matchAll(/`(\w+\.(?:json|csv))`:\n\n```(?:json|csv)\n([\s\S]*?)```/g))
    writeFileSync(join(made, name!), text!);
  writeFileSync(join(made, 'text.onnx'), transformer(2));
  writeFileSync(join(made, 'image.onnx'), unet(3));
  return made;
}

const masked = (text: string): string => text.replace(/\d+\.\d+ s\)/g, 'S s)').trim();

test('the sessions of docs/symbolic.md print the shown output', () => {
  const cwd = folder();
  const blocks = [...DOCS.matchAll(/```\n(\$ [\s\S]*?)```/g)].flatMap(([, block]) =>
    block!.split(/^\$ /m).slice(1),
  );
  assert.equal(blocks.length, 5);
  for (const block of blocks) {
    const [command, ...output] = block.split('\n');
    const {stdout, stderr} = stowage(command!.split(' ').slice(1), {cwd});
    assert.equal(stderr, '', command);
    assert.equal(masked(stdout), masked(output.join('\n')), command);
  }
  const problem = JSON.parse(readFileSync(join(cwd, 'step.json'), 'utf8'));
  assert.ok(schema('problem')(problem));
});

test('the program of docs/symbolic.md prints the shown output', () => {
  const cwd = folder();
  const [, program, output] = /```js\n([\s\S]*?)```\s*prints `([^`]*)`/.exec(DOCS)!;
  writeFileSync(join(cwd, 'program.mjs'), program!);
  const run = spawnSync(process.execPath, ['program.mjs'], {cwd});
  assert.equal(run.stderr.toString(), '');
  assert.equal(run.stdout.toString().trim(), output);
});

const TEXT = ['text.onnx', '--dim', 'batch=1:16', '--dim', 'seq=8:256:8', '--node-limit', '100000'];

test('a model with ranges is planned once, verified, and what is printed and written fits the schema', () => {
  const cwd = folder();
  const validate = schema('symbolic-plan');
  const run = stowage(['plan', ...TEXT, '--json', '-o', 'plan.json'], {cwd});
  assert.equal(run.status, 0, run.stderr);
  for (const text of [run.stdout, readFileSync(join(cwd, 'plan.json'), 'utf8')])
    assert.ok(validate(JSON.parse(text)), ajv.errorsText(validate.errors));
  const plan = JSON.parse(run.stdout);
  assert.equal(plan.order.length, plan.below.length);
  for (const {lowerBound, fresh, peak} of plan.points)
    assert.ok(lowerBound <= fresh && fresh <= peak && peak <= plan.maximumPeak * 1.5);
  assert.equal(
    JSON.parse(stowage(['plan', ...TEXT, '--json', '--no-offsets'], {cwd}).stdout).order,
    undefined,
  );
  const verified = stowage(['verify', ...TEXT.slice(0, 1), 'plan.json', ...TEXT.slice(1, 5), '--json'], {
    cwd,
  });
  const result = JSON.parse(verified.stdout);
  const verify = schema('verify');
  assert.equal(verify(result), true, ajv.errorsText(verify.errors));
  assert.equal(result.valid, true);
  // each place on none: all at the bottom
  const broken = {...plan, below: plan.below.map(() => [])};
  writeFileSync(join(cwd, 'broken.json'), JSON.stringify(broken));
  const refused = stowage(['verify', 'text.onnx', 'broken.json', ...TEXT.slice(1, 5)], {cwd});
  assert.equal(refused.status, 1);
  assert.match(refused.stdout, /^invalid: unordered: ".*" and ".*" are live together, and no path leads/);
});

test('capacities, C, and other commands', () => {
  const cwd = folder();
  const tight = stowage(['plan', ...TEXT, '--capacity', '1KiB'], {cwd});
  assert.equal(tight.status, 4);
  assert.match(tight.stdout, /capacity {5}does not fit 1,024 B .* at the maximum of each dimension/);
  const large = stowage(['plan', ...TEXT, '--capacity', '1GiB'], {cwd});
  assert.equal(large.status, 0);
  assert.match(large.stdout, /fits 1,073,741,824 B \(1\.0 GiB\) at all values/);
  assert.equal(
    stowage(['export', ...TEXT, '--format', 'c-header', '-o', 'a.h', '--prefix', 'NET'], {cwd}).status,
    0,
  );
  const text = readFileSync(join(cwd, 'a.h'), 'utf8');
  assert.match(text, /static inline int net_offsets\(uint64_t dim_batch, uint64_t dim_seq, /);
  assert.equal(stowage(['plan', ...TEXT, '-o', 'b.h'], {cwd}).status, 0);
  assert.equal(
    readFileSync(join(cwd, 'b.h'), 'utf8').replaceAll('PLAN', 'NET').replaceAll('plan_', 'net_'),
    text,
  );
  const inspected = stowage(['convert', ...TEXT.slice(0, 5), '-o', 'largest.csv'], {cwd});
  assert.match(inspected.stderr, /sizes are those at the maximum of each dimension: batch 16, seq 256/);
});

test('what cannot be is refused, with what to do', () => {
  const cwd = folder();
  const fails = (args: string[], status: number, message: RegExp) => {
    const run = stowage(args, {cwd});
    assert.match(run.stderr, message, args.join(' '));
    assert.equal(run.status, status, args.join(' '));
  };
  fails(
    ['plan', 'image.onnx', '--dim', 'batch=1', '--dim', 'height=32:512'],
    2,
    /buffer "pool0": .* try a range of multiples/,
  );
  fails(
    ['plan', 'image.onnx', '--dim', 'batch=1:4', '--dim', 'height=32:512:8:8'],
    2,
    /expected NAME=SIZE, e\.g\. batch=4, or a range/,
  );
  fails(['plan', ...TEXT, '--explain'], 2, /--explain: not for sizes that depend on dimensions/);
  fails(['plan', ...TEXT, '-o', 'a.csv'], 2, /a plan for all values is written as \.json or as \.h/);
  fails(['export', ...TEXT, '--format', 'minimalloc', '-o', 'a.csv'], 2, /written as c-header only/);
  fails(
    ['scale', 'small.csv', 'large.csv', '--at', 'batch=8'],
    2,
    /--at once for each, got 2 files and 1 times --at/,
  );
  fails(
    ['scale', 'small.csv', 'large.csv', '--at', 'batch=8', '--at', 'seq=8'],
    2,
    /expected values of the same dimensions for each file \(batch\), got seq/,
  );
  writeFileSync(join(cwd, 'plan.json'), '{"schema": "stowage.symbolic-plan/1", "order": [0.5], "below": []}');
  fails(['verify', 'attention.json', 'plan.json'], 2, /order\[0\]: expected an index, got 0\.5/);
});

test('scale says what grows with what, as text and as JSON', () => {
  const cwd = folder();
  const args = ['scale', 'small.csv', 'large.csv', '--at', 'batch=8', '--at', 'batch=16'];
  const run = stowage([...args, '--json'], {cwd});
  const validate = schema('scale');
  const result = JSON.parse(run.stdout);
  assert.equal(validate(result), true, ajv.errorsText(validate.errors));
  assert.deepEqual(
    result.leftOut.map((one: {id: string}) => one.id),
    ['cache'],
  );
  assert.equal(stowage([...args, '-o', 'step.json'], {cwd}).status, 0);
  const plan = JSON.parse(stowage(['plan', 'step.json', '--json'], {cwd}).stdout);
  assert.deepEqual(plan.dimensions, [{name: 'batch', min: 8, max: 16, multipleOf: 1}]);
});
