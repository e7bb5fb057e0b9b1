/** The planner in C against the library: peak, bound, nodes, status, algorithm and every offset. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {type TestContext, test} from 'node:test';
import {GENERATORS} from '../../bench/instances.ts';
import {ALL_RULES, RECORD, ROLE, STATUS} from '../../bindings/core/abi.ts';
import type {BufferInfo, Problem} from '../../bindings/index.ts';
import {areAny} from '../../bindings/model/constraints.ts';
import {HEURISTICS} from '../../bindings/model/names.ts';
import {withoutParts} from '../../bindings/model/problem.ts';
import {toColumns} from '../../bindings/model/to-columns.ts';
import {checkedIn, collected} from '../best/instances.ts';
import {BUILDS} from '../builds.ts';
import {filled, randomProblem, seeded} from '../random.ts';
import {has} from '../requirements.ts';
import {share} from '../share.ts';
import {canSanitize, SANITIZED} from './compile.ts';
import {
  drive,
  type Job,
  libraryLine,
  planCommand,
  plannerProgram,
  verifyCommand,
  violationsLine,
} from './planner-program.ts';

const {planner} = BUILDS.find(({name}) => name === 'release')!;
/** Optimized a little: the generated C takes long to compile. */
const PLAIN = ['-O1'] as const;

/** The program, compiled once; undefined where the test is skipped. */
function programFor(t: TestContext): string | undefined {
  return has(t, 'cc', 'linux') ? plannerProgram(PLAIN) : undefined;
}

function assertSame(program: string, jobs: readonly Job[]): void {
  const lines = drive(program, jobs.map(planCommand));
  assert.equal(lines.length, jobs.length);
  jobs.forEach((job, k) => {
    assert.equal(
      lines[k],
      libraryLine(planner, job),
      `${job.name}, ${job.nodeLimit} nodes, seed ${job.seed}`,
    );
  });
}

const LITERAL: Readonly<Record<string, Problem>> = {
  'no buffers': {buffers: []},
  'none that is ever live': {
    buffers: [
      {start: 3, end: 3, size: 8},
      {start: 0, end: 9, size: 0},
    ],
  },
  'two at alignment 64': {
    alignment: 64,
    buffers: [
      {start: 0, end: 3, size: 400},
      {start: 1, end: 3, size: 400},
    ],
  },
  'one of size 0 among others': {
    buffers: [
      {start: 0, end: 3, size: 8},
      {start: 0, end: 9, size: 0},
      {start: 2, end: 5, size: 4},
    ],
  },
  'one in the gap of another': {
    buffers: [
      {start: 0, end: 9, size: 8, gaps: [[3, 6]]},
      {start: 3, end: 6, size: 8},
      {start: 2, end: 2, size: 5, gaps: []},
      {start: 1, end: 8, size: 2, alignment: 4, offset: 12},
    ],
  },
  'the largest ticks and bytes': {
    buffers: [
      {start: 0, end: 2 ** 32 - 1, size: 2 ** 52},
      {start: 2 ** 32 - 2, end: 2 ** 32 - 1, size: 2 ** 52 - 1},
    ],
  },
};

test('literal problems have literal plans', t => {
  const program = programFor(t);
  if (!program) return;
  const jobs = Object.entries(LITERAL).map(([name, problem]) => ({name, problem}));
  assert.deepEqual(drive(program, jobs.map(planCommand)), [
    '0 0 0 optimal naive',
    '0 0 0 optimal naive 0 0',
    '848 848 2 optimal greedy-by-size 0 448',
    '12 12 2 optimal greedy-by-size 0 0 8',
    '14 14 3 optimal greedy-by-size 0 0 0 12',
    '9007199254740991 9007199254740991 2 optimal greedy-by-size 0 4503599627370496',
  ]);
  assertSame(program, jobs);
});

const sourceOf = (name: string) =>
  readFileSync(new URL(`../../bindings/native/${name}`, import.meta.url), 'utf8');

test('heuristics and words of the record have the names and numbers of the library', () => {
  const names = /NAMES\[\] = \{(.*?)\};/s.exec(sourceOf('solve.c'))![1]!;
  assert.deepEqual(
    [...names.matchAll(/"([a-z-]+)"/g)].map(match => match[1]),
    HEURISTICS,
  );
  const words = /enum \{ START = 2, (.*?) \};/.exec(sourceOf('problem.c'))![1]!.split(', ');
  const ours = ['START', ...words].map((word, k) => [word.replace('_', '').toLowerCase(), k + 2]);
  const theirs = Object.entries(RECORD).map(([name, number]) => [name.toLowerCase(), number]);
  assert.deepEqual(ours, theirs.slice(2, 2 + ours.length));
  const numbers =
    /enum \{ RUNNING = (\d), PEAK_TOO_LARGE = (\d) \}.*enum \{ ALL_RULES = (\d+), PROVES = (\d), DIVES = (\d) \}/s;
  const [, ...found] = numbers.exec(sourceOf('solve.c'))!;
  const {RUNNING, PEAK_TOO_LARGE} = STATUS;
  assert.deepEqual(found.map(Number), [RUNNING, PEAK_TOO_LARGE, ALL_RULES, ROLE.PROVES, ROLE.DIVES]);
});

const SHAPES = [
  {buffers: 6, ticks: 8, sizes: 9},
  {buffers: 12, ticks: 10, sizes: 30, alignment: 16, gapOneIn: 3, fixedOneIn: 4},
  {buffers: 60, ticks: 40, sizes: 500, longest: 20, alignment: 64, gapOneIn: 4, fixedOneIn: 12},
  {buffers: 150, ticks: 90, sizes: 90, longest: 30, gapOneIn: 5},
];
const LIMITS = [undefined, 1, 100, 5000, 60_000];

/** Random problems of every shape and limit, and ones that no heuristic solves. */
function randomJobs(seeds: number): Job[] {
  const jobs: Job[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    SHAPES.forEach((shape, k) => {
      const nodeLimit = LIMITS[(seed + k) % LIMITS.length];
      const problem = randomProblem(seeded(100 * k + seed), shape);
      const own = nodeLimit === undefined ? {} : {nodeLimit, seed: seed * 0x1234567};
      jobs.push({name: `random ${shape.buffers}, ${seed}`, problem, ...own});
    });
    const problem = filled(seeded(seed), 80, 100, 40 + 10 * seed, {unit: 8, gapOneIn: 6, fixedOneIn: 20});
    jobs.push({name: `filled ${seed}`, problem, nodeLimit: 20_000, seed});
  }
  return jobs;
}

test('random problems with gaps, alignments and fixed offsets have the plans of the library', t => {
  const program = programFor(t);
  if (program) assertSame(program, randomJobs(share(12)));
});

test('every search, and every place where a search ends, is that of the library', t => {
  const program = programFor(t);
  if (!program) return;
  const hard = filled(seeded(1), 400, 400, 400);
  const jobs = [1, 2000, 40_001, 150_000].flatMap(nodeLimit =>
    [0, 1, 2 ** 32 - 1].map(seed => ({name: 'filled 400', problem: hard, nodeLimit, seed})),
  );
  // one partition, which the beam asks for, and nodes enough for it to join
  const throughout = {start: 0, end: 400, size: 1};
  const whole = {buffers: [...hard.buffers, throughout]};
  jobs.push({name: 'filled 400, in one partition', problem: whole, nodeLimit: 400_000, seed: 1});
  assertSame(program, jobs);
});

/** Recorded instances as plain problems: without what the core does not know. */
async function recordedJobs(isMine: (name: string) => boolean, most: number): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const {name, nodeLimit, problem} of [...checkedIn(), ...collected()].filter(({name}) =>
    isMine(name),
  )) {
    const {hint: _, capacity: __, ...columns} = withoutParts(toColumns(await problem()));
    if (!areAny(columns.constraints))
      jobs.push({name, problem: columns, nodeLimit: Math.min(nodeLimit, most)});
  }
  return jobs;
}

/** More buffers than this take seconds each. */
const isSmall = (name: string) => !/22000|70000/.test(name.replaceAll(/[,_ ]/g, ''));

test('the recorded corpus has the plans of the library', async t => {
  const program = programFor(t);
  if (!program) return;
  const names = new Set(checkedIn().map(({name}) => name));
  const jobs = await recordedJobs(name => names.has(name) && isSmall(name), 50_000);
  assert.ok(jobs.length > 25, `only ${jobs.length} instances`);
  assertSame(program, jobs);
});

test('above 10,000 buffers few heuristics run, above 60,000 none, and the class sweep makes the first plan, as in the library', async t => {
  const program = programFor(t);
  if (!program) return;
  const jobs = await recordedJobs(name => !isSmall(name), 400_000);
  assert.ok(jobs.length >= 2);
  assertSame(program, jobs);
});

test('the collection beside the repository has the plans of the library', async t => {
  const program = programFor(t);
  if (!program || !has(t, 'shared')) return;
  const names = new Set(collected().map(({name}) => name));
  assertSame(program, await recordedJobs(name => names.has(name), 20_000));
});

/** Commands that break a rule, and the answer to each. */
const HOSTILE: readonly (readonly [command: string, answer: string])[] = [
  ['plan 1 1 0 1\n5 2 8 0 -1 0', 'error 1 buffers[0].end: expected at least start (5), got 2'],
  [
    'plan 2 1 0 1\n0 2 8 0 -1 0\n0 2 9007199254740992 0 -1 0',
    'error 1 buffers[1].size: expected bytes from 0 to 2^53 - 1, got 9007199254740992',
  ],
  [
    'plan 1 1 0 1\n0 2 18446744073709551615 0 -1 0',
    'error 1 buffers[0].size: expected bytes from 0 to 2^53 - 1, got 18446744073709551615',
  ],
  ['plan 1 3 0 1\n0 2 8 0 -1 0', 'error 1 alignment: expected a power of two of bytes, got 3'],
  ['plan 1 1 0 1\n0 2 8 48 -1 0', 'error 1 buffers[0].alignment: expected a power of two of bytes, got 48'],
  [
    'plan 1 1 0 1\n0 2 8 9007199254740992 -1 0',
    'error 1 buffers[0].alignment: expected a power of two of bytes, got 9007199254740992',
  ],
  ['plan 1 1 0 1\n0 2 8 0 -2 0', 'error 1 buffers[0].offset: expected bytes from 0 to 2^53 - 1, got -2'],
  [
    'plan 1 1 0 1\n0 2 8 0 9007199254740990 0',
    'error 1 buffers[0].offset + size: expected bytes from 0 to 2^53 - 1, got 9007199254740998',
  ],
  [
    'plan 1 64 0 1\n0 2 8 0 8 0',
    'error 1 buffers[0].offset: expected a multiple of its alignment (64), got 8',
  ],
  ['plan 1 1 0 1\n2 9 8 0 -1 1 2 4', 'error 1 buffers[0].gaps[0]: expected to begin after 2, got 2'],
  [
    'plan 1 1 0 1\n2 9 8 0 -1 1 3 9',
    'error 1 buffers[0].gaps[0]: expected to end after its begin (3) and before 9, got 9',
  ],
  ['plan 1 1 0 1\n2 9 8 0 -1 2 3 5 5 6', 'error 1 buffers[0].gaps[1]: expected to begin after 5, got 5'],
  [
    'plan 3 1 0 1\n0 5 8 0 0 0\n0 5 8 0 100 0\n4 9 8 0 4 0',
    'error 1 buffers[2].offset: its bytes are those of buffers[0], which is fixed and live with it',
  ],
  [
    'plan 2 1 0 1\n0 5 9007199254740991 0 -1 0\n0 5 9007199254740991 0 -1 0',
    'error 1 no plan below 2^53 bytes exists: the lower bound is 18014398509481982 bytes',
  ],
  ['verify 1 1 -1 9 0\n5 2 8 0 -1 0', 'error 1 buffers[0].end: expected at least start (5), got 2'],
];

test('a problem that breaks a rule is refused, and the buffer is named', t => {
  const program = programFor(t);
  if (!program) return;
  const answers = drive(
    program,
    HOSTILE.map(([command]) => command),
  );
  assert.deepEqual(
    answers,
    HOSTILE.map(([, answer]) => answer),
  );
});

test('sizes above what the core can add up are refused', t => {
  const program = programFor(t);
  if (!program) return;
  const rows = Array.from({length: 600}, (_, i) => `${i} ${i + 1} ${2 ** 53 - 1} 0 -1 0`);
  const answer =
    'error 1 the sizes up to buffers[512] sum to more than 2^62 bytes, the most that can be planned';
  assert.deepEqual(drive(program, [['plan 600 1 0 1', ...rows].join('\n')]), [answer]);
});

test('where address space is short a small problem is planned, and a large one is refused', t => {
  const program = programFor(t);
  if (!program) return;
  const small = {name: 'small', problem: randomProblem(seeded(1), SHAPES[0]!)};
  const large = {name: 'large', problem: GENERATORS.heap(300_000, 1), nodeLimit: 1_000_000};
  const [planned, refused] = drive(program, [small, large].map(planCommand), 100_000);
  assert.equal(planned, libraryLine(planner, small));
  assert.equal(
    refused?.slice(0, 200),
    'error 2 planning 300000 buffers needs more memory than the 4 GiB (or less) that this process grants',
  );
  const [none] = drive(program, [planCommand(small)], 20_000);
  assert.equal(none, 'error 2 planning 6 buffers: this process gets no memory for it');
});

const PAIR: BufferInfo[] = [
  {start: 0, end: 3, size: 8},
  {start: 2, end: 5, size: 4, alignment: 4},
  {start: 4, end: 9, size: 4, offset: 16},
  {start: 0, end: 9, size: 0},
];

/** Offsets of `PAIR`, a capacity, and what is wrong with them. */
const CHECKED: readonly (readonly [
  offsets: readonly number[],
  capacity: number | undefined,
  answer: string,
])[] = [
  [[0, 8, 16, 0], undefined, ''],
  [[0, 4, 16, 0], undefined, '0 0 1; '],
  [[0, 6, 16, 0], undefined, '1 1 4294967295; 0 0 1; '],
  [[0, 8, 0, 0], undefined, '2 2 4294967295; '],
  [[0, 8, 16, 0], 19, '3 2 4294967295; '],
  [[2 ** 53, 8, 16, 0], undefined, '4 0 4294967295; '],
];

test('verify finds what the library finds: overlaps, alignment, fixed offsets, capacity, range', t => {
  const program = programFor(t);
  if (!program) return;
  const commands = CHECKED.map(([offsets, capacity]) =>
    verifyCommand({buffers: PAIR}, offsets, capacity ?? -1, 100),
  );
  assert.deepEqual(
    drive(program, commands),
    CHECKED.map(([, , answer]) => answer),
  );
  for (const [offsets, capacity, answer] of CHECKED)
    assert.equal(violationsLine(planner, {buffers: PAIR}, offsets, capacity), answer);
});

test('verify finds the violations of the library, in its order and up to the same number, in random offsets', t => {
  const program = programFor(t);
  if (!program) return;
  const random = seeded(5);
  const cases = Array.from({length: share(60)}, () => {
    const problem = randomProblem(random, SHAPES[random(SHAPES.length)]!);
    return {problem, offsets: problem.buffers.map(() => random(200)), capacity: random(400)};
  });
  const commands = cases.map(({problem, offsets, capacity}) =>
    verifyCommand(problem, offsets, capacity, 100),
  );
  const answers = cases.map(({problem, offsets, capacity}) =>
    violationsLine(planner, problem, offsets, capacity),
  );
  assert.deepEqual(drive(program, commands), answers);
});

test('with the address and undefined-behaviour sanitizers everything runs cleanly, with the same plans', async t => {
  if (!canSanitize(t, SANITIZED)) return;
  const program = plannerProgram(SANITIZED);
  assertSame(program, [
    ...Object.entries(LITERAL).map(([name, problem]) => ({name, problem})),
    ...randomJobs(2),
    ...(await recordedJobs(
      name => /^random|^csv|^problem-json|5000|900, seed/.test(name) && isSmall(name),
      4000,
    )),
  ]);
  assert.deepEqual(
    drive(
      program,
      HOSTILE.map(([command]) => command),
    ),
    HOSTILE.map(([, answer]) => answer),
  );
});
