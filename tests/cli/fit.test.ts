/** `plan --recompute --offload`: what docs/recompute.md shows, JSON by its schema, and what is refused. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv2020} from 'ajv/dist/2020.js';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCS = readFileSync(join(ROOT, 'docs/recompute.md'), 'utf8');
const NET = /`net\.json`:\n\n```json\n([\s\S]*?)```/.exec(DOCS)![1]!;
const schema = JSON.parse(readFileSync(join(ROOT, 'docs/schedule.schema.json'), 'utf8'));
const isValid = new Ajv2020({allErrors: true, allowUnionTypes: true}).compile(schema);

function folder(): string {
  const made = newFolder();
  writeFileSync(join(made, 'net.json'), NET);
  return made;
}

test('the sessions of docs/recompute.md print the shown output', () => {
  const cwd = folder();
  const [block] = [...DOCS.matchAll(/```\n\$ ([\s\S]*?)```/g)].map(([, text]) => text!);
  const sessions = block!.split('\n$ ');
  assert.equal(sessions.length, 3);
  for (const session of sessions) {
    const [command, ...output] = session.split('\n');
    const {stdout, stderr} = stowage(command!.split(' ').slice(1), {cwd});
    assert.deepEqual([stderr, stdout.trim()], ['', output.join('\n').trim()], command);
  }
});

test('the program of docs/recompute.md prints the shown output', () => {
  const cwd = folder();
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(ROOT, join(cwd, 'node_modules', 'stowage'), 'junction');
  const [, program, output] = /```js\n([\s\S]*?)```\s*prints `([^`]*)`/.exec(DOCS)!;
  writeFileSync(join(cwd, 'program.mjs'), program!);
  const run = spawnSync(process.execPath, ['program.mjs'], {cwd});
  assert.deepEqual([run.stderr.toString(), run.stdout.toString().trim()], ['', output]);
});

test('the JSON keeps to its schema, on stdout and in a file, with a schedule and without', () => {
  const cwd = folder();
  for (const [capacity, status, code] of [
    [16, 'optimal', 0],
    [25, 'optimal', 0],
    [14, 'infeasible', 4],
  ] as const) {
    const plan = ['plan', 'net.json', '--capacity', String(capacity), '--recompute', '--offload', '4'];
    const run = stowage([...plan, '--json', '-o', `${capacity}.json`], {cwd});
    assert.equal(run.status, code);
    const json = JSON.parse(run.stdout) as Record<string, unknown>;
    const valid: boolean = isValid(json);
    assert.ok(valid, JSON.stringify(isValid.errors));
    assert.equal(json.status, status);
    if (code === 0) {
      const {seconds: _, ...written} = JSON.parse(readFileSync(join(cwd, `${capacity}.json`), 'utf8'));
      const {seconds: __, ...printed} = json;
      assert.deepEqual(written, printed);
    } else {
      assert.deepEqual(json.obstacle, {at: 'operator', operator: 2, needed: 15, own: 15});
      assert.match(run.stderr, /14\.json: not written, because there is no schedule/);
    }
  }
});

test('the schedule that is written can be run: each step finds its inputs in a buffer', () => {
  const cwd = folder();
  assert.equal(
    stowage(['plan', 'net.json', '--capacity', '16', '--offload', '4', '-o', 'fit.json'], {cwd}).status,
    0,
  );
  const {steps, buffers, peak} = JSON.parse(readFileSync(join(cwd, 'fit.json'), 'utf8'));
  const {tensors, operators} = JSON.parse(NET);
  type Row = {tensor: number; start: number; end: number; offset: number; size: number};
  // an arena whose bytes are the names of what was written there last
  const arena: string[] = Array.from({length: peak}, () => '');
  const outside = new Map<string, boolean>();
  const at = (id: string, tick: number, isNew: boolean): Row => {
    const found = (buffers as Row[]).find(
      ({tensor, start, end}) =>
        tensors[tensor].id === id &&
        end > tick &&
        (isNew ? start === tick : start < tick || (tick === 0 && start === 0)),
    );
    assert.ok(found, `${id} at step ${tick}`);
    return found;
  };
  const write = (id: string, tick: number) => {
    const {offset, size} = at(id, tick, true);
    arena.fill(id, offset, offset + size);
  };
  const read = (id: string, tick: number) => {
    const {offset, size} = at(id, tick, false);
    assert.ok(
      arena.slice(offset, offset + size).every(byte => byte === id),
      `${id} at step ${tick}`,
    );
  };
  const x = at('x', 0, true);
  arena.fill('x', x.offset, x.offset + x.size);
  (steps as {kind: string; id: string}[]).forEach(({kind, id}, tick) => {
    if (kind === 'out') {
      read(id, tick);
      outside.set(id, true);
    } else if (kind === 'in') {
      assert.ok(outside.get(id));
      write(id, tick);
    } else {
      const operator = operators.find((one: {id: string}) => one.id === id);
      for (const input of operator.inputs) read(input, tick);
      for (const output of operator.outputs) write(output, tick);
    }
  });
  assert.ok(arena.includes('y'));
  assert.deepEqual(
    (steps as {kind: string}[]).map(({kind}) => kind),
    ['run', 'run', 'out', 'run', 'run', 'in', 'run'],
  );
});

test('buffers are written as CSV, which verify accepts', () => {
  const cwd = folder();
  assert.equal(
    stowage(['plan', 'net.json', '--capacity', '16', '--recompute', '-o', 'fit.csv'], {cwd}).status,
    0,
  );
  const csv = readFileSync(join(cwd, 'fit.csv'), 'utf8');
  assert.equal(csv.trim().split('\n').length, 8);
  assert.match(csv, /wide#2/);
});

test('what cannot be fitted is refused, with what to do instead', () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'free.json'), NET.replaceAll(/, "cost": \d/g, ''));
  for (const [args, message, code] of [
    [['net.json', '--recompute'], /--recompute needs a capacity to fit: add --capacity/, 2],
    [['free.json', '--recompute', '--capacity', '16'], /no operator has a cost, so none may be repeated/, 2],
    [
      ['net.json', '--recompute', '--capacity', '16', '--advise'],
      /--recompute and --advise do not go together/,
      2,
    ],
    [
      ['net.json', '--offload', '4', '--capacity', '16', '--explain'],
      /--offload and --explain do not go together/,
      2,
    ],
    [
      ['net.json', '--offload', '0', '--capacity', '16'],
      /expected bytes that are moved for one unit of cost/,
      2,
    ],
    [
      ['net.json', '--offload', '4/0', '--capacity', '16'],
      /expected bytes that are moved for one unit of cost/,
      2,
    ],
    [
      ['net.json', '--offload', '4/x', '--capacity', '16'],
      /expected bytes that are moved for one unit of cost/,
      2,
    ],
    [
      ['net.json', '--recompute', '--capacity', '16', '-o', 'fit.h'],
      /expected a name that ends in \.json/,
      2,
    ],
    [
      [join(EXAMPLES, 'five.csv'), '--recompute', '--capacity', '16'],
      /five\.csv: --recompute: expected an ONNX or TensorFlow Lite model or a problem of operators, .* --advise shows what would make it fit/,
      2,
    ],
    [
      [join(EXAMPLES, 'mobilenet_v2.inference.json.gz'), '--offload', '1', '--capacity', '1MiB'],
      /--offload: expected an ONNX or TensorFlow Lite model .* and this is kineto/,
      2,
    ],
  ] as const) {
    const {status, stderr} = stowage(['plan', ...args], {cwd});
    assert.match(stderr, message);
    assert.equal(status, code, args.join(' '));
  }
});

test('bandwidths are quotients, of bytes with a unit and of costs', () => {
  const cwd = folder();
  const costOf = (rate: string) =>
    JSON.parse(stowage(['plan', 'net.json', '--capacity', '16', '--offload', rate, '--json'], {cwd}).stdout);
  assert.equal(costOf('4').cost, 6);
  assert.equal(costOf('8/2').cost, 6);
  assert.equal(costOf('1KiB/256').bytesPerCost, 4);
  assert.equal(costOf('0.5').cost, 40);
  assert.equal(costOf('16GB/50e12').bytesPerCost, 16e9 / 50e12);
});
