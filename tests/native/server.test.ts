/** The server of offsets: what it hands out, records, widens, plans and refuses. */
import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';
import fc from 'fast-check';
import {has} from '../requirements.ts';
import {isQuick, share} from '../share.ts';
import {canSanitize, PLAIN, SANITIZED} from './compile.ts';
import {checked, drive, OPEN, rowsOf, serverProgram} from './server-program.ts';
import {type Allocation, anyCase, commandsOf, UNCHANGED, Writer} from './server-scripts.ts';

function programFor(t: TestContext): string | undefined {
  return has(t, 'cc', 'linux') ? serverProgram(PLAIN) : undefined;
}

/** Cases in one run of the driver: starting it takes longer than most cases. */
const BATCH = 10;
/** Milliseconds after which a counterexample is no longer shrunk. */
const LONGEST = 60_000;

test('no two live blocks share a byte, whatever differs, is planned again, moved or declined', t => {
  const program = programFor(t);
  if (!program) return;
  let [served, plans] = [0, 0];
  const property = fc.property(fc.array(anyCase, {minLength: 1, maxLength: BATCH, size: 'max'}), cases => {
    const {model} = checked(program, cases.flatMap(commandsOf));
    served += model.served;
    plans += model.plans;
  });
  fc.assert(property, {seed: 1, numRuns: share(60), interruptAfterTimeLimit: LONGEST});
  t.diagnostic(`${served} blocks served, ${plans} plans`);
  assert.ok(served > share(10_000) && plans > share(100));
});

test('with the address and undefined-behaviour sanitizers everything runs cleanly', t => {
  if (isQuick() || !canSanitize(t, SANITIZED)) return; // quick runs have it throughout
  const cases = fc.sample(anyCase, {seed: 6, numRuns: share(60)});
  assert.ok(checked(serverProgram(SANITIZED), cases.flatMap(commandsOf)).model.plans > share(30));
});

/** Rows that end within their iteration. */
const ending = (rows: readonly Allocation[]) => rows.map(({life}, i) => i + life <= rows.length);

test('an unchanged iteration is served whole once it is planned, and again after changed ones', t => {
  const program = programFor(t);
  if (!program) return;
  const property = fc.property(anyCase, ({iterations, ...task}) => {
    const writer = new Writer(task);
    for (let i = 0; i <= task.warm; i++) writer.run(task.rows, UNCHANGED);
    writer.commands.push('plan 0');
    const unchanged = [writer.run(task.rows, UNCHANGED)];
    for (const iteration of iterations) writer.run(task.rows, {...iteration, signature: 0});
    writer.release(0);
    unchanged.push(writer.run(task.rows, UNCHANGED), writer.run(task.rows, UNCHANGED));
    const {answers} = checked(program, writer.commands);
    const isPlanned = ending(task.rows);
    for (const [row, command] of unchanged.flat())
      assert.equal(answers[command] !== '-', isPlanned[row], `row ${row}: ${answers[command]}`);
  });
  fc.assert(property, {seed: 2, numRuns: share(300), interruptAfterTimeLimit: LONGEST});
});

/** Iterations of these rows; a plan that is wanted is made, or else declined. @returns what was done in which iterations */
function iterated(
  program: string,
  all: readonly (readonly Allocation[])[],
  before: readonly string[] = [],
  declined?: number,
) {
  const writer = new Writer({unit: 64, warm: 2});
  writer.commands.push(...before);
  const at = all.map((rows, i) => {
    writer.run(rows, UNCHANGED);
    return writer.commands.push(i === declined ? 'decline' : 'plan 0') - 1;
  });
  const {answers} = checked(program, writer.commands);
  const isPlan = at.map(command => answers[command] !== '-');
  const states = answers
    .filter((_, i) => writer.commands[i] === 'state')
    .map(state => state.split(' ').map(Number));
  return {
    plans: isPlan.flatMap((done, i) => (done ? [i] : [])),
    recorded: states.flatMap(([, , isRecording], i) => (isRecording ? [i] : [])),
    misses: states.map(([, misses]) => misses),
    answers,
  };
}

const THREE: readonly Allocation[] = [
  {key: 0, bytes: 100, life: 1},
  {key: 1, bytes: 200, life: 2},
  {key: 0, bytes: 300, life: 1},
];
const LARGER = THREE.with(1, {...THREE[1]!, bytes: 2000});
const LONGER = [...THREE, {key: 2, bytes: 64, life: 1}];
const times = <T>(count: number, value: T) => Array.from({length: count}, () => value);

test('the first iterations warm up, the next is recorded and planned, and then all is served', t => {
  const program = programFor(t);
  if (!program) return;
  const {plans, recorded, misses} = iterated(program, times(6, THREE));
  assert.deepEqual([plans, recorded, misses], [[2], [2], times(6, 0)]);
});

test('a larger block is planned at once; another allocation is recorded first', t => {
  const program = programFor(t);
  if (!program) return;
  const larger = iterated(program, [...times(3, THREE), ...times(3, LARGER)]);
  assert.deepEqual(
    [larger.plans, larger.misses],
    [
      [2, 3],
      [0, 0, 0, 1, 0, 0],
    ],
  );
  const longer = iterated(program, [...times(3, THREE), ...times(4, LONGER)]);
  assert.deepEqual(
    [longer.plans, longer.misses],
    [
      [2, 4],
      [0, 0, 0, 1, 1, 0, 0],
    ],
  );
});

test('after a plan is made again, 32 more iterations are recorded, and no more', t => {
  const program = programFor(t);
  if (!program) return;
  const {recorded} = iterated(program, [...times(3, THREE), ...times(40, LARGER)]);
  assert.deepEqual(recorded, [2, ...times(32, 0).map((_, i) => 4 + i)]);
});

test('where a plan is of no use, iterations are recorded and planned less and less often', t => {
  const program = programFor(t);
  if (!program) return;
  const rows = Array.from({length: 100}, (_, key) => ({key, bytes: 64, life: 1}));
  const turned = [...rows.slice(50), ...rows.slice(0, 50)];
  const {plans, recorded, misses} = iterated(program, times(300, [rows, turned]).flat());
  assert.ok(misses.at(-1)! + misses.at(-2)! > 0, 'the plan serves both');
  assert.ok(plans.length < 5, `${plans.length} plans`);
  assert.ok(recorded.length < 30, `${recorded.length} recorded`);
});

test('after each plan but the first, twice as many iterations pass before the next, up to 1024', t => {
  const program = programFor(t);
  if (!program) return;
  const growing = times(3100, THREE).map((rows, i) => rows.with(1, {...rows[1]!, bytes: 200 + 64 * i}));
  const {plans} = iterated(program, [...times(3, THREE), ...growing.slice(1)]);
  // 2^k after the k-th
  assert.deepEqual(plans, [2, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 3071]);
});

/** Forty operations, and the same with an early call of a far one, which no plan serves. */
const FORTY = Array.from({length: 40}, (_, key) => ({key, bytes: 64, life: 1}));
const EARLY = [FORTY[38]!, ...FORTY];

test('while recording shows nothing new, the pauses double up to 1024 iterations', t => {
  const program = programFor(t);
  if (!program) return;
  const {recorded, plans} = iterated(program, [...times(3, FORTY), ...times(3100, EARLY)]);
  assert.deepEqual(plans, [2, 4]);
  // a pause, an iteration in which something differs, and the next is recorded
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10].map(k => 2 ** k);
  const expected = [2, 4, 5];
  for (const pause of pauses) expected.push(expected.at(-1)! + pause + 2);
  assert.deepEqual(recorded, expected);
});

test('something new ends the pauses: they begin short again', t => {
  const program = programFor(t);
  if (!program) return;
  const others = [...EARLY, {key: 100, bytes: 64, life: 1}];
  const {recorded} = iterated(program, [...times(3, FORTY), ...times(40, EARLY), ...times(30, others)]);
  assert.deepEqual(recorded, [2, 4, 5, 9, 15, 25, 43, 44, 48, 54, 64]);
});

test('a plan that is declined has the longest pauses after it', t => {
  const program = programFor(t);
  if (!program) return;
  const others = [...EARLY, {key: 100, bytes: 64, life: 1}];
  const all = [...times(3, FORTY), ...times(2, EARLY), others, ...times(2100, EARLY)];
  const {recorded, plans} = iterated(program, all, [], 8);
  assert.deepEqual(plans, [2, 4, 8]);
  assert.deepEqual(recorded, [2, 4, 5, 6, 7, 8, 1034, 2060]);
});

test('a plan that is fixed is never learned again, whatever comes', t => {
  const program = programFor(t);
  if (!program) return;
  const before = ['install 0 0 64 192 192 2 0 1 100 0 1 2 64 128', 'fix 0'];
  const {plans, recorded, misses, answers} = iterated(
    program,
    [...times(40, LARGER), ...times(40, LONGER)],
    before,
  );
  assert.deepEqual([plans, recorded], [[], []]);
  assert.ok(misses.every(count => count! > 0));
  const {commands} = new Writer({unit: 64, warm: 2});
  assert.equal(answers[commands.length], 'ok');
});

test('an iteration that begins before a recorded one has ended is not part of that recording', t => {
  const program = programFor(t);
  if (!program) return;
  const answers = drive(program, [
    'new 64 0 0',
    'install 1 0 64 192 192 2 0 1 100 0 1 2 64 128',
    'fix 1',
    'begin 0',
    'malloc 0 0 100',
    'begin 1',
    'malloc 1 0 100',
    'free 1',
    'end',
    'recorded 0',
    'recorded 1',
  ]);
  assert.deepEqual(answers.slice(-2), ['-', '-']);
});

test('a recording has the bytes as asked for, and blocks from elsewhere end where they were freed', t => {
  const program = programFor(t);
  if (!program) return;
  const recording = [
    'begin 0',
    'malloc 0 7 1',
    'malloc 1 8 65',
    'free 0',
    'malloc 0 7 100',
    'free 0',
    'end',
    'free 1',
  ];
  // the table of blocks grows, and those of before are still found
  const many = times(1000, 0).flatMap((_, i) => [`malloc ${i} 0 ${i + 1}`, ...(i % 2 ? [`free ${i}`] : [])]);
  const commands = [
    'new 64 0 0',
    ...recording,
    'recorded 0',
    'plan 0',
    'begin 1',
    ...many,
    ...times(10, 0).map((_, i) => `free ${2 * i}`),
    'end',
    'recorded 1',
  ];
  const answers = drive(program, commands);
  assert.equal(answers[1 + recording.length], '3 7 2 1 0 8 -1 65 0 7 3 100 0');
  assert.deepEqual(
    rowsOf(answers.at(-1)!),
    times(1000, 0).map((_, i) => ({
      key: 0,
      end: i % 2 ? i + 1 : i < 20 ? 1000 : OPEN,
      size: i + 1,
      offset: 0,
    })),
  );
});

test('nothing is learned of an iteration that is cancelled', t => {
  const program = programFor(t);
  if (!program) return;
  const commands = ['new 64 0 0', 'begin 0', 'malloc 0 0 64', 'free 0', 'cancel', 'recorded 0', 'plan 0'];
  assert.deepEqual(drive(program, commands).slice(-2), ['-', '-']);
});

test('declined, a plan is not asked for again for a thousand iterations; the one before goes on', t => {
  const program = programFor(t);
  if (!program) return;
  const one = ['begin 0', 'malloc 0 0 64', 'free 0'];
  const larger = ['begin 0', 'malloc 0 0 128', 'free 0', 'end', 'plan 0'];
  const commands = ['new 64 0 0', ...one, 'end', 'plan 0', ...larger.with(-1, 'decline')];
  const answers = drive(program, [...commands, ...times(1100, larger).flat(), ...one]);
  assert.equal(answers[commands.length - 1], 'ok');
  const plans = answers.flatMap((answer, i) =>
    i > commands.length && /^\d+ \d+ 1 1 /.test(answer) ? [i] : [],
  );
  assert.equal(Math.floor((plans[0]! - commands.length) / larger.length), 1023, 'the index of the iteration');
  assert.deepEqual(answers.slice(-2), ['0', '1']);
});

test('an end or cancel outside an iteration does nothing: nothing is learned twice', t => {
  const program = programFor(t);
  if (!program) return;
  const iteration = ['begin 0', 'malloc 0 0 100', 'free 0', 'end'];
  const answers = drive(program, [
    'new 64 0 2000',
    'end',
    'cancel',
    ...iteration,
    'end',
    'cancel',
    'plan 0',
    'end',
    'state',
  ]);
  assert.deepEqual(answers.slice(1, 3), ['0', 'ok']);
  assert.deepEqual(answers.slice(6, 9), ['1', '0', 'ok']);
  assert.equal(answers[10], '0');
});

test('a signature from 65,536 on has no plan, and is none of the ones before', t => {
  const program = programFor(t);
  if (!program) return;
  const known = ['begin 0', 'malloc 0 0 100', 'free 0', 'end', 'plan 0'];
  for (const number of [65_536, 2 ** 32 - 1]) {
    const iteration = [`begin ${number}`, 'malloc 0 0 100', 'free 0', 'end', 'plan 0'];
    const install = `install ${number} 0 64 64 64 1 0 1 64 0`;
    const answers = drive(program, ['new 64 0 2000', ...known, ...iteration, install, ...known.slice(0, 2)]);
    assert.deepEqual(answers.slice(6, 11), ['0', '-', '1', '0', '-']);
    assert.equal(answers[11], `refused expected a signature below 65536, got ${number}`);
    assert.deepEqual(answers.slice(12), ['1', '0']);
  }
});
