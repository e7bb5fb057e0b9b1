/** Plans of an iteration: which are verified, which are refused, and why; from the edges of what can be addressed. */
import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';
import fc from 'fast-check';
import {has} from '../requirements.ts';
import {share} from '../share.ts';
import {PLAIN} from './compile.ts';
import {checked, drive, OPEN, type Row, rowsOf, rowsText, serverProgram} from './server-program.ts';
import {anyCase, type Case, UNCHANGED, Writer} from './server-scripts.ts';

function programFor(t: TestContext): string | undefined {
  return has(t, 'cc', 'linux') ? serverProgram(PLAIN) : undefined;
}

const row = (key: number, end: number, size: number, offset: number): Row => ({key, end, size, offset});
const installed = (rows: readonly Row[], peak: number, unit = 64, origin = 0) =>
  `install 0 ${origin} ${unit} ${peak} 0 ${rowsText(rows)}`;

/** Three rows: the third has the bytes of the first, which is dead by then. */
const VALID = [row(0, 2, 100, 0), row(0, 3, 64, 128), row(0, 3, 128, 0)];

/** Rows, the peak, and the answer. */
const REFUSED: readonly (readonly [name: string, rows: readonly Row[], peak: number, answer: string])[] = [
  ['nothing is wrong', VALID, 192, 'ok'],
  ['no rows', [], 0, 'ok'],
  ['a row that is not planned has any size and offset', [...VALID, row(0, OPEN, 2 ** 40, 7)], 192, 'ok'],
  [
    'an overlap',
    [VALID[0]!, row(0, 3, 64, 64), VALID[2]!],
    192,
    'refused rows 0 and 1 share bytes while both are live',
  ],
  [
    'an overlap from above',
    [row(0, 2, 64, 64), row(0, 2, 65, 0)],
    192,
    'refused rows 0 and 1 share bytes while both are live',
  ],
  [
    'a block in the middle of a larger one',
    [row(0, 2, 640, 0), row(0, 2, 64, 128)],
    640,
    'refused rows 0 and 1 share bytes while both are live',
  ],
  [
    'a block around smaller ones',
    [row(0, 3, 64, 128), row(0, 3, 64, 256), row(0, 3, 640, 0)],
    640,
    'refused rows 0 and 2 share bytes while both are live',
  ],
  ['a misaligned offset', [row(0, 1, 64, 32)], 192, 'refused row 0: offset 32 is no multiple of 64'],
  [
    'one byte beyond the arena',
    [row(0, 1, 65, 128)],
    192,
    'refused row 0: 65 bytes at 128 are beyond the arena of 192',
  ],
  [
    'larger than the arena',
    [row(0, 1, 2 ** 53, 0)],
    192,
    'refused row 0: 9007199254740992 bytes at 0 are beyond the arena of 192',
  ],
  [
    'an offset beyond the arena',
    [row(0, 1, 64, 2 ** 50)],
    192,
    'refused row 0: 64 bytes at 1125899906842624 are beyond the arena of 192',
  ],
  [
    'two keys that share bytes, one after the other',
    [row(1, 1, 64, 0), row(2, 2, 64, 0)],
    192,
    'refused rows 0 and 1 of the keys 1 and 2 share bytes',
  ],
  [
    'key 0 and another that share bytes',
    [row(0, 1, 64, 0), row(2, 2, 64, 0)],
    192,
    'refused rows 0 and 1 of the keys 0 and 2 share bytes',
  ],
  [
    'a key whose row reaches over the next of another',
    [row(1, 1, 256, 0), row(1, 2, 64, 64), row(2, 3, 64, 192)],
    256,
    'refused rows 0 and 2 of the keys 1 and 2 share bytes',
  ],
  [
    'three keys, of which the first reaches the third',
    [row(1, 1, 256, 0), row(1, 2, 64, 256), row(2, 3, 128, 320), row(1, 4, 64, 384)],
    448,
    'refused rows 2 and 3 of the keys 2 and 1 share bytes',
  ],
  ['an end at its begin', [row(0, 0, 64, 0)], 192, 'refused row 0: expected an end from 1 to 1, got 0'],
  [
    'an end behind the last row',
    [row(0, 3, 64, 0), row(0, 2, 64, 64)],
    192,
    'refused row 0: expected an end from 1 to 2, got 3',
  ],
  [
    'an end before its begin',
    [row(0, 2, 64, 0), row(0, 1, 64, 64)],
    192,
    'refused row 1: expected an end from 2 to 2, got 1',
  ],
  ['no size', [row(0, 1, 0, 0)], 192, 'refused row 0: expected a size above 0'],
];

for (const [name, rows, peak, answer] of REFUSED)
  test(`a plan from elsewhere: ${name}`, t => {
    const program = programFor(t);
    if (program) assert.equal(drive(program, ['new 64 0 0', installed(rows, peak)])[1], answer);
  });

test('a plan in other units, or of no unit, is refused, and so is an arena that begins between units', t => {
  const program = programFor(t);
  if (!program) return;
  const commands = [
    'new 64 0 0',
    installed(VALID, 192, 32),
    installed(VALID, 192, 0),
    installed(VALID, 192, 48),
  ];
  assert.deepEqual(drive(program, [...commands, installed(VALID, 192, 64, 32)]).slice(1), [
    'refused the plan is in units of 32 bytes, expected 64',
    'refused expected units of a power of two of bytes, got 0',
    'refused expected units of a power of two of bytes, got 48',
    'refused expected an arena that begins at a multiple of 64, got 32',
  ]);
});

/** The rules of a plan, each row against each: nothing of the C is used. */
function isValid(rows: readonly Row[], unit: number, peak: number): boolean {
  const top = ({offset, size}: Row) => offset + Math.ceil(size / unit) * unit;
  return rows.every((a, i) => {
    if (a.end === OPEN) return true;
    const isPlaced =
      a.end > i && a.end <= rows.length && a.size > 0 && a.offset % unit === 0 && top(a) <= peak;
    const clashes = rows.some((b, k) => {
      const areApart = top(a) <= b.offset || top(b) <= a.offset;
      return k < i && b.end !== OPEN && !areApart && (a.key !== b.key || b.end > i);
    });
    return isPlaced && !clashes;
  });
}

/** The plan that a server makes of an unchanged iteration. */
function planOf(program: string, task: Pick<Case, 'unit' | 'rows'>) {
  const writer = new Writer({...task, warm: 0});
  writer.run(task.rows, UNCHANGED);
  const answer = drive(program, [...writer.commands, 'plan 0']).at(-1)!;
  const [peak, bound, optimal] = answer.split(' ').map(Number) as [number, number, number];
  return {peak, bound, optimal, rows: rowsOf(answer, 3)};
}

test('plans are verified; with one value another by a unit they are refused exactly where they break a rule', t => {
  const program = programFor(t);
  if (!program) return;
  let [valid, refused] = [0, 0];
  const property = fc.property(anyCase, task => {
    const {unit} = task;
    const {peak, bound, rows} = planOf(program, task);
    assert.ok(isValid(rows, unit, peak), 'its own plan breaks a rule');
    assert.ok(bound <= peak);
    const variants = rows.flatMap((at, i) =>
      [
        {...at, offset: at.offset + unit},
        {...at, offset: Math.max(0, at.offset - unit)},
        {...at, offset: at.offset + 1},
        {...at, size: at.size + unit},
        {...at, end: at.end === OPEN ? OPEN : at.end + 1},
        {...at, end: at.end === OPEN ? i + 1 : at.end - 1},
        {...at, key: at.key + 1},
      ].map(other => rows.with(i, other) as Row[]),
    );
    const commands = [
      'new 64 0 0',
      `new ${unit} 0 0`,
      ...variants.map(other => installed(other, peak, unit)),
    ];
    const answers = drive(program, commands).slice(2);
    variants.forEach((other, k) => {
      const expected = isValid(other, unit, peak);
      assert.equal(answers[k] === 'ok', expected, `${answers[k]}: ${rowsText(other)}`);
      if (expected) valid++;
      else refused++;
    });
  });
  fc.assert(property, {seed: 5, numRuns: share(150), interruptAfterTimeLimit: 60_000});
  t.diagnostic(`${valid} valid variants, ${refused} refused`);
  assert.ok(valid > share(300) && refused > share(3000));
});

test('each key has a range of its own, and the lower bound is the sum of theirs', t => {
  const program = programFor(t);
  if (!program) return;
  const rows = [
    {key: 7, bytes: 100, life: 1},
    {key: 9, bytes: 1000, life: 2},
    {key: 7, bytes: 300, life: 2},
    {key: 9, bytes: 64, life: 1},
  ];
  const {peak, bound, optimal, rows: planned} = planOf(program, {unit: 64, rows});
  assert.deepEqual([peak, bound, optimal], [320 + 1024, 320 + 1024, 1]);
  const [a, b, c, d] = planned.map(({offset}) => offset) as [number, number, number, number];
  assert.ok(Math.max(a, c) < Math.min(b, d), 'the key that came first is below');
});

const GIB = 2 ** 30;
/** Most bytes that numbers reach, 16 for each unit, from 16 on. */
const most = (unit: number) => ((0xffff0000 - 16) / 16) * unit;

/** Blocks that are live together, recorded, planned and allocated again. */
function served(program: string, unit: number, bytes: readonly number[]) {
  const writer = new Writer({unit, warm: 0});
  const rows = bytes.map((size, i) => ({key: 0, bytes: size, life: bytes.length - i}));
  writer.run(rows, UNCHANGED);
  const at = writer.commands.push('plan 0') - 1;
  const mallocs = writer.run(rows, UNCHANGED).map(([, command]) => command);
  writer.commands.push('state');
  const {answers} = checked(program, writer.commands);
  return {plan: answers[at]!, offsets: mallocs.map(command => answers[command])};
}

test('128 GiB are served in units of 512 bytes', t => {
  const program = programFor(t);
  if (!program) return;
  const {plan, offsets} = served(program, 512, [60 * GIB, 67 * GIB + 511]);
  const [first, second] = [60 * GIB, 67 * GIB + 512];
  assert.equal(plan.split(' ')[0], `${first + second}`);
  assert.ok([`0 ${first}`, `${second} 0`].includes(offsets.join(' ')), offsets.join(' '));
});

test('the last unit that can be addressed is served, and one more is refused with the limit', t => {
  const program = programFor(t);
  if (!program) return;
  for (const unit of [64, 512]) {
    const large = 8 * unit * 2 ** 20;
    const rest = most(unit) - large;
    assert.deepEqual(served(program, unit, [large, rest]).offsets.length, 2);
    assert.ok(served(program, unit, [large, rest]).offsets.every(offset => offset !== '-'));
    const {plan, offsets} = served(program, unit, [large, rest + 1]);
    assert.equal(
      plan,
      `refused an arena of ${most(unit) + unit} bytes at 0 is beyond the ${most(unit)} that can be addressed`,
    );
    assert.deepEqual(offsets, ['-', '-']);
  }
});

test('blocks that are larger than numbers reach are refused, not misread as small ones', t => {
  const program = programFor(t);
  if (!program) return;
  for (const unit of [64, 512]) {
    const units = 0xffff0000 / 16;
    // 2^28 units and one more are the number of one unit
    const large = [
      unit * 2 ** 28,
      unit * (2 ** 28 + 1),
      unit * 2 ** 29 + 1,
      unit * (units - 1),
      unit * units,
      unit * units + 1,
      2 ** 53,
      '18446744073709551615',
      '18446744073709551552',
      '18446744073709551553',
    ];
    const begin = [`new ${unit} 0 0`, 'begin 0', 'malloc 0 0 64', 'free 0', 'malloc 0 0 100', 'free 0'];
    // recorded
    const recording = [
      ...begin,
      ...large.flatMap(bytes => [`malloc 1 0 ${bytes}`, 'free 1']),
      'malloc 2 0 0',
      'end',
      'recorded 0',
    ];
    assert.equal(
      drive(program, recording).at(-1),
      '2 0 1 64 0 0 2 100 0',
      'what cannot be served is not recorded',
    );
    // served
    const serving = large.flatMap(bytes => [`malloc 1 0 ${bytes}`, 'state', 'free 1']);
    const commands = [
      ...begin,
      'end',
      'plan 0',
      'begin 0',
      ...serving,
      'malloc 1 0 0',
      'malloc 1 0 64',
      'state',
    ];
    const {answers} = checked(program, commands);
    const after = answers.slice(-serving.length - 3);
    assert.ok(after.slice(0, serving.length).every((answer, i) => i % 3 !== 0 || answer === '-'));
    assert.equal(after.at(-2), '0', 'the plan goes on');
  }
});

test('a block of the most units that one allocation may have is recorded and served', t => {
  const program = programFor(t);
  if (!program) return;
  const largest = (0xfff00000 / 16) * 64;
  assert.deepEqual(served(program, 64, [largest]).offsets, ['0']);
  assert.deepEqual(served(program, 64, [largest - 63]).offsets, ['0']);
});

test('an arena ends where it is told: origins count from there, up to the last that fits', t => {
  const program = programFor(t);
  if (!program) return;
  const origin = most(64) - 192;
  const commands = [
    'new 64 0 0',
    installed(VALID, 192, 64, origin),
    'begin 0',
    'malloc 0 0 100',
    'malloc 1 0 64',
  ];
  const answers = drive(program, [...commands, 'state', 'free-at 0', `free-at ${origin}`]);
  assert.deepEqual(answers.slice(1, 5), ['ok', '1', `${origin}`, `${origin + 128}`]);
  assert.deepEqual(answers.slice(-2), ['0', '1']);
  const beyond = drive(program, ['new 64 0 0', installed(VALID, 192, 64, origin + 64)])[1];
  assert.match(beyond!, /^refused an arena of 192 bytes at \d+ is beyond/);
});
