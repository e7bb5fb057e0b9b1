/** The allocator for CUDA under differing steps, streams and threads, on the imitated device, also with sanitizers. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {has} from '../requirements.ts';
import {ADDRESSES, canSanitize, compile, OPTIMIZED, PLANNER, SERVER, THREADS} from './compile.ts';

const SOURCES = [
  ...[
    'cuda-program.c',
    'torch_cuda.c',
    'cuda_device.c',
    'cuda_arena.c',
    'cuda_calls.c',
    'cuda_waiting.c',
    'pool.c',
  ],
  ...SERVER,
];
const DEVICE = '../../tools/record/imitated_cuda.c';
const RUN_MS = 120_000;

type Figures = Readonly<
  Record<
    | 'served_steps'
    | 'served'
    | 'differing'
    | 'waiting_frees'
    | 'waiting'
    | 'live'
    | 'elsewhere'
    | 'retired'
    | 'arena'
    | 'pool'
    | 'device',
    number
  >
>;

function run(flags: readonly string[], threads: number): Figures {
  const program = compile({
    sources: SOURCES,
    flags,
    // the allocator looks the device's functions up by name
    plain: {sources: [...PLANNER, DEVICE], flags: ['-O1', '-fvisibility=default']},
    linked: ['-rdynamic'],
  });
  const {status, stdout, stderr} = spawnSync(program, ['7', '300', String(threads)], {
    encoding: 'utf8',
    timeout: RUN_MS,
    // devices are there until the process ends
    env: {...process.env, ASAN_OPTIONS: 'detect_leaks=0'},
  });
  assert.equal(status, 0, stderr.slice(0, 4000));
  return JSON.parse(stdout) as Figures;
}

function check(figures: Figures): void {
  assert.ok(figures.waiting_frees > 500, `${figures.waiting_frees} frees waited`);
  assert.ok(figures.differing > 300, `${figures.differing} requests differed`);
  const {waiting, live, elsewhere, retired, arena, pool, device} = figures;
  assert.deepEqual({waiting, live, elsewhere, retired}, {waiting: 0, live: 0, elsewhere: 0, retired: 0});
  assert.deepEqual([pool, device], [0, arena], 'all but the arena went back to the device');
}

function checkServed(figures: Figures): void {
  check(figures);
  assert.ok(figures.served_steps > 200, `${figures.served_steps} steps had a plan`);
  assert.ok(figures.served > 8000, `${figures.served} requests were served`);
}

test('no two blocks on CUDA share bytes that are live, wait, or are another stream’s', {
  timeout: 600_000,
}, t => {
  if (has(t, 'linux', 'cc')) checkServed(run(OPTIMIZED, 1));
});

test('the address and undefined-behaviour sanitizers find nothing on CUDA', {timeout: 600_000}, t => {
  if (canSanitize(t, ADDRESSES)) checkServed(run(ADDRESSES, 1));
});

test('two threads allocate in one step on CUDA without a race', {timeout: 600_000}, t => {
  if (canSanitize(t, THREADS)) check(run(THREADS, 2));
});
