/** The CPU's lanes under threads: every block is filled and checked, with sanitizers, and where address space is short. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {has} from '../requirements.ts';
import {isQuick, share} from '../share.ts';
import {
  ADDRESSES,
  canSanitize,
  compile,
  OPTIMIZED,
  PLAIN,
  PLANNER,
  RUN_MS,
  SERVER,
  THREADS,
} from './compile.ts';

/** The planner is compiled once, without sanitizers: threads share nothing of it. */
const SOURCES = ['torch_cpu.c', 'lane.c', 'hook.c', 'release.c', ...SERVER];

interface Figures {
  readonly lanes: number;
  readonly spanBits: number;
  readonly signatures: readonly {
    readonly served: number;
    readonly larger: number;
    readonly blocked: number;
    readonly missing: number;
    readonly peak: number;
    readonly arena: number;
    readonly live: number;
    readonly why: string;
  }[];
  readonly allocs: number;
  readonly frees: number;
}

function built(name: 'lanes.c' | 'idle.c', flags: readonly string[]): string {
  const wrapped = name === 'lanes.c' ? ['-Wl,--wrap=mmap'] : [];
  return compile({
    sources: [name, ...SOURCES],
    flags,
    plain: {sources: PLANNER, flags: OPTIMIZED},
    linked: [...wrapped, '-Wl,--wrap=madvise'],
  });
}

/** Runs a program to its end, in which it checks every byte. @returns what it prints */
function run(path: string, args: readonly string[]): unknown {
  const {stdout, stderr, status, signal} = spawnSync(path, args, {
    encoding: 'utf8',
    timeout: RUN_MS,
    env: {...process.env, TSAN_OPTIONS: 'halt_on_error=1:exitcode=66', ASAN_OPTIONS: 'detect_leaks=1'},
  });
  assert.equal(status, 0, `${args.join(' ')}: ${signal ?? status}: ${stderr.slice(0, 6000)}`);
  return JSON.parse(stdout);
}

/** Threads of `lanes.c`; what they allocate is freed when they have ended. */
function threads(flags: readonly string[], args: string): Figures {
  const figures = run(built('lanes.c', flags), args.split(' ')) as Figures;
  assert.equal(figures.frees, figures.allocs, 'blocks of the general allocator are lost');
  for (const {live} of figures.signatures) assert.equal(live, 0, 'blocks of an arena are lost');
  return figures;
}

/** All kinds of differences occurred. */
function checkVariety({signatures}: Figures, least: number): void {
  for (const {served, larger, blocked, missing, peak, arena} of signatures) {
    assert.ok(served > least && larger > 0 && blocked > 0 && missing > 0);
    assert.ok(arena >= peak && peak > 100_000);
  }
}

test('four threads: blocks held late, freed by others, larger, missing; lanes of ended threads are adopted', t => {
  if (!has(t, 'cc', 'linux')) return;
  for (let seed = 1; seed <= share(4); seed++) {
    const figures = threads(PLAIN, `-s ${seed} -n 200${seed % 2 ? '' : ' -o'}`);
    checkVariety(figures, 5000);
    assert.equal(figures.lanes, 8, 'one of each thread and signature');
  }
});

test('more threads, while statistics are read', t => {
  if (has(t, 'cc', 'linux')) checkVariety(threads(PLAIN, '-s 9 -t 12 -n 60 -q'), 5000);
});

test('the thread sanitizer finds nothing, while statistics are read', {timeout: 300_000}, t => {
  if (!isQuick() && canSanitize(t, THREADS)) checkVariety(threads(THREADS, '-s 1 -n 30 -q'), 2000);
});

test('the address and undefined-behaviour sanitizers find nothing, with every access of the module checked', {
  timeout: 300_000,
}, t => {
  if (!isQuick() && canSanitize(t, ADDRESSES)) checkVariety(threads(ADDRESSES, '-s 2 -n 60 -q'), 2000);
});

test('a cap that refuses every arena: all comes from elsewhere, and the reason is told', t => {
  if (!has(t, 'cc', 'linux')) return;
  for (const {served, why} of threads(PLAIN, '-c 64').signatures) {
    assert.equal(served, 0);
    assert.match(why, /^an arena of \d+ bytes is above the cap: 0 of 65536 are in use$/);
  }
});

test('a cap for some of the arenas: no byte is lost where they come and go', t => {
  if (!has(t, 'cc', 'linux')) return;
  const {signatures} = threads(PLAIN, '-c 1200 -n 150');
  assert.ok(
    signatures.some(({served}) => served > 0) && signatures.some(({why}) => /above the cap/.test(why)),
  );
  assert.ok(signatures[0]!.arena + signatures[1]!.arena <= 1200 * 1024);
});

/** Limits of address space as by `ulimit -v`, in MiB, and the bits of a span: what is left of 4 TiB. */
for (const [limit, spanBits] of [
  [8192, 30],
  [2048, 28],
] as const)
  test(`in ${limit} MiB of address space smaller lanes serve one thread whole, and four as far as they go`, t => {
    if (!has(t, 'cc', 'linux')) return;
    // lanes.c ends with an error where an unchanged step is not served
    const alone = threads(OPTIMIZED, `-a ${limit} -t 1`);
    assert.equal(alone.spanBits, spanBits);
    checkVariety(alone, 500);
    const four = threads(OPTIMIZED, `-a ${limit}`);
    assert.ok(four.lanes <= 4);
    // the planner, too, needs address space; the lanes may all be of one signature
    for (const {served, why} of four.signatures)
      assert.ok(served > 0 || /gets no memory|^a thread got no arena: /.test(why), `"${why}"`);
  });

test('a thread that gets no arena is named in the statistics of its signature', t => {
  if (!has(t, 'cc', 'linux')) return;
  const {lanes, signatures} = threads(OPTIMIZED, '-a 8192 -t 8 -n 10');
  assert.equal(lanes, 4);
  const reason = 'a thread got no arena: all 4 that address space was reserved for were taken';
  assert.ok(signatures.some(({why}) => why === reason));
});

test('without room for a single server all comes from elsewhere', t => {
  if (has(t, 'cc', 'linux')) assert.equal(threads(OPTIMIZED, '-a 300').lanes, 0);
});

test('an arena is made present, given back when idle and empty, and used again', t => {
  if (!has(t, 'cc', 'linux')) return;
  for (const args of [[], ['-o']]) {
    const {bytes, pages, ...figures} = run(built('idle.c', PLAIN), args) as Record<string, number>;
    assert.ok(bytes! >= 100_000);
    assert.deepEqual(figures, {
      planned: 0,
      present: pages,
      other: 0,
      whileHeld: bytes,
      held: figures.held,
      idle: 0,
      idlePresent: 0,
      idleHeld: figures.held! - bytes!,
      again: 0,
      againBytes: bytes,
      againPresent: pages,
      twice: 0,
      presentAtBegin: pages,
      why: '',
    });
  }
});

test('an arena that the cap refuses takes no page from one in use', t => {
  if (!has(t, 'cc', 'linux')) return;
  const figures = run(built('idle.c', PLAIN), ['-c', '500']) as Record<string, number | string>;
  assert.deepEqual([figures.whileHeld, figures.held], [figures.bytes, figures.bytes]);
  assert.equal(figures.other, 60);
  assert.match(`${figures.why}`, /is above the cap: \d+ of 512000 are in use$/);
});
