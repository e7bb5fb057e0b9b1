/** Snapshots that hold the allocator's state and no events: what is shown of them, and what is refused. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {sharedData} from '../trace/inputs.ts';
import {type Pickled, pickle, Tuple} from '../trace/pickle.ts';
import {BASE, block, entry, resetClock, segment, snapshot, stackOf} from '../trace/snapshots.ts';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const MIB = 2 ** 20;
const OTHER_STREAM = 0x7f00_1000;

/** Device 0: two streams and a private pool; device 1: an empty segment. */
function segments(withStacks: (stack: Pickled, bytes: number) => Record<string, Pickled>): Pickled[] {
  const forward = stackOf(0, 1, 2, 3, 4);
  return [
    segment(0, BASE, [
      block(8 * MIB, 'active_allocated', 8 * MIB - 100, withStacks(forward, 8 * MIB - 100)),
      block(4 * MIB, 'inactive', 0),
      block(8 * MIB, 'active_pending_free', 8 * MIB, withStacks(stackOf(4), 8 * MIB)),
    ]),
    segment(0, BASE + 32 * MIB, [block(20 * MIB, 'inactive', 0)], {stream: OTHER_STREAM}),
    segment(0, BASE + 64 * MIB, [block(2 * MIB, 'active_allocated', 2 * MIB, withStacks(forward, 2 * MIB))], {
      segment_pool_id: new Tuple(1, 0),
    }),
    segment(1, BASE + 512 * MIB, [block(2 * MIB, 'inactive', 0)]),
  ];
}

const withFrames = (frames: Pickled) => ({frames});
/** As files of 2022: the latest allocation first, older ones behind it. */
const withHistory = (frames: Pickled, bytes: number) => ({
  history: [
    {addr: BASE, real_size: bytes, frames},
    {addr: BASE, real_size: 3, frames: stackOf(0)},
  ],
});

function kinds(): Record<string, Pickled> {
  resetClock();
  const last = entry('free_completed', BASE + 8 * MIB, 512);
  return {
    'one-entry': snapshot([[last], []], segments(withFrames) as never),
    'empty-traces': snapshot([[], []], segments(withFrames) as never),
    'no-traces': {segments: segments(withFrames)},
    'no-list': snapshot([], segments(withFrames) as never),
    list: segments(withFrames),
    'history-2022': {
      segments: segments(withHistory),
      device_traces: [[{action: 'snapshot', addr: 0, size: 0, stream: 0}]],
    },
  };
}

function folder(): string {
  const cwd = newFolder();
  for (const [name, value] of Object.entries(kinds()))
    writeFileSync(join(cwd, `${name}.pickle`), pickle(value));
  return cwd;
}

const cwd = folder();

test('inspect shows the state of each device, whatever way it was recorded without events', () => {
  for (const name of Object.keys(kinds())) {
    const {status, stdout, stderr} = stowage(['inspect', `${name}.pickle`], {cwd});
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trimEnd().split('\n').slice(1), [
      'cuda:0: no events, only the state at the end of the recording; alignment 512',
      '  at the end: reserved 44,040,192 B (42.0 MiB) in 3 segments; 3 blocks in use take 18,874,368 B (18.0 MiB), for 18,874,268 B (18.0 MiB) requested; 1 block with 8,388,608 B (8.0 MiB) wait to be freed',
      '  at the end: fragmented 25,165,824 B (24.0 MiB), reserved and in no block; largest free block 20,971,520 B (20.0 MiB), of use in its own stream and pool alone',
      '  at the end: 1 segment with 20,971,520 B (20.0 MiB) holds no block: torch.cuda.empty_cache() gives such memory back',
      '  at the end: default stream, default pool: reserved 20,971,520 B (20.0 MiB), in blocks 16,777,216 B (16.0 MiB), largest free block 4,194,304 B (4.0 MiB)',
      '  at the end: stream 0x7f001000, default pool: reserved 20,971,520 B (20.0 MiB), in blocks 0 B, largest free block 20,971,520 B (20.0 MiB)',
      '  at the end: default stream, pool (1, 0): reserved 2,097,152 B (2.0 MiB), in blocks 2,097,152 B (2.0 MiB), largest free block 0 B',
      '  over time, the peak, iterations: not recorded',
      'cuda:1: no events, only the state at the end of the recording; alignment 512',
      '  at the end: reserved 2,097,152 B (2.0 MiB) in 1 segment; 0 blocks in use take 0 B, for 0 B requested',
      '  at the end: fragmented 2,097,152 B (2.0 MiB), reserved and in no block; largest free block 2,097,152 B (2.0 MiB)',
      '  at the end: 1 segment with 2,097,152 B (2.0 MiB) holds no block: torch.cuda.empty_cache() gives such memory back',
      '  over time, the peak, iterations: not recorded',
    ]);
    assert.match(
      stderr,
      /only the state of cuda:0 at the end was recorded, and no events: call torch.cuda.memory._record_memory_history\(context='all'\)/,
    );
    assert.doesNotMatch(stdout, /live at most|optimal/);
  }
});

test('inspect --json has the state, and no peak, iterations or behaviour', () => {
  const {stdout} = stowage(['inspect', 'one-entry.pickle', '--json'], {cwd});
  const [first] = JSON.parse(stdout).devices;
  assert.deepEqual(Object.keys(first), ['device', 'events', 'blocks', 'alignment', 'cuda', 'state']);
  assert.equal(first.cuda.hasEvents, false);
  assert.deepEqual(
    [first.state.reserved, first.state.fragmented, first.state.largestFree],
    [42 * MIB, 24 * MIB, 20 * MIB],
  );
});

test('top groups the blocks at the end by operation, frame, pool and block, with the stacks of either format', () => {
  for (const name of ['one-entry', 'list', 'history-2022']) {
    const topOf = (...more: string[]) => {
      const {stdout} = stowage(['top', `${name}.pickle`, '--json', ...more], {cwd});
      return JSON.parse(stdout);
    };
    const byOperation = topOf();
    assert.deepEqual(
      [byOperation.moment, byOperation.by, byOperation.bytes],
      [{kind: 'end', at: null}, 'operation', 18 * MIB],
    );
    assert.deepEqual(
      byOperation.top.map(({name: own, bytes, blocks}: Record<string, unknown>) => [own, bytes, blocks]),
      [
        ['aten::bmm', 10 * MIB, 2],
        ['<module> (train.py:7)', 8 * MIB, 1],
      ],
    );
    assert.equal(topOf('--by', 'frame').top[0].name, '/home/somebody/model.py:42 forward');
    assert.deepEqual(
      topOf('--by', 'pool').top.map((one: {name: string; bytes: number}) => [one.name, one.bytes / MIB]),
      [
        ['default pool', 16],
        ['pool (1, 0)', 2],
      ],
    );
    const [largest] = topOf('--by', 'block', '-n', '1').top;
    assert.deepEqual([largest.name, largest.bytes], ['0x7f1200000000', 8 * MIB]);
  }
});

test('blocks without stacks are grouped by where they are; --by operation is refused with what is known', () => {
  const bare = newFolder();
  writeFileSync(join(bare, 'bare.pickle'), pickle({segments: segments(() => ({}))}));
  const {stdout} = stowage(['top', 'bare.pickle', '--json'], {cwd: bare});
  assert.equal(JSON.parse(stdout).by, 'segment');
  const refused = stowage(['top', 'bare.pickle', '--by', 'operation'], {cwd: bare});
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr,
    /the state at the end does not hold it; expected segment, pool, stream, block/,
  );
});

test('report shows the state as a page, a picture, a table and JSON, and says that the peak is not recorded', () => {
  for (const name of ['empty-traces', 'history-2022']) {
    const file = `${name}.pickle`;
    const page = stowage(['report', file, '-o', 'state.html'], {cwd});
    assert.equal(page.status, 0, page.stderr);
    assert.match(page.stdout, /How large was the peak, and how small could it be\? Not recorded/);
    assert.doesNotMatch(page.stdout, /[Oo]ptimal|[Pp]roven|recoverable/);
    assert.match(page.stdout, /pictures: segments, end-by-operation, end-by-frame, end-by-pool/);
    const html = readFileSync(join(cwd, 'state.html'), 'utf8');
    assert.match(html, /the state of cuda:0 at the end of the recording/);
    assert.match(html, /model\.py:42 forward/);
    const {stdout} = stowage(['report', file, '--json', '-o', 'frames.csv', '--picture', 'end-by-frame'], {
      cwd,
    });
    const report = JSON.parse(stdout.split('\n')[0]!);
    assert.deepEqual(
      [report.schema, report.state.reserved, report.peak],
      ['stowage.report/1', 42 * MIB, undefined],
    );
    const csv = readFileSync(join(cwd, 'frames.csv'), 'utf8').split('\n');
    assert.equal(csv[1], '/home/somebody/model.py:42 forward,10485760,2');
  }
});

test('what needs events is refused with the call that records them, never answered with 0 bytes', () => {
  for (const name of Object.keys(kinds())) {
    const file = `${name}.pickle`;
    for (const args of [
      ['plan', file],
      ['plan', file, '--json'],
      ['replay', file],
      ['check', file, '--capacity', '1GiB'],
      ['diff', file, file],
      ['convert', file, '-o', 'out.jsonl'],
      ['anonymize', file, '-o', 'out.jsonl'],
    ]) {
      const {status, stdout, stderr} = stowage(args, {cwd});
      assert.equal(status, 3, args.join(' '));
      assert.equal(stdout, '');
      assert.match(
        stderr,
        /needs the events of cuda:0, and only its state at the end was recorded: call torch.cuda.memory._record_memory_history\(context='all'\)/,
      );
    }
  }
});

test('top --at-end shows the end of a recording with events, and inspect its sums beside the peak', () => {
  const {stdout} = stowage(['top', 'out-of-memory.pickle.gz', '--at-end', '--json', '--by', 'stream'], {
    cwd: EXAMPLES,
  });
  const top = JSON.parse(stdout);
  assert.deepEqual([top.moment.kind, top.state.reserved], ['end', 6_371_147_776]);
  assert.equal(top.state.fragmented, top.state.reserved - top.bytes);
  const inspected = stowage(['inspect', 'out-of-memory.pickle.gz'], {cwd: EXAMPLES}).stdout;
  assert.match(inspected, / {2}at the end: reserved 6,371,147,776 B \(5\.9 GiB\)/);
  assert.match(inspected, / {2}at the end: fragmented .*; largest free block /);
});

test('a state that contradicts itself says so, and prints no negative sum as a fact', () => {
  const own = newFolder();
  const wrong = {...(segment(0, BASE, [block(4 * MIB, 'active_allocated')]) as object), total_size: MIB};
  writeFileSync(join(own, 'wrong.pickle'), pickle({segments: [wrong as never]}));
  const {stdout, stderr} = stowage(['inspect', 'wrong.pickle'], {cwd: own});
  assert.match(stdout, /contradiction: the blocks take 3,145,728 B \(3\.0 MiB\) more than is reserved/);
  assert.match(stderr, /1 × segments whose blocks do not add up to their size/);
  assert.doesNotMatch(stdout, /−|fragmented -/);
});

test('the states of the field recordings are shown with their stacks', t => {
  const expected = {state_mode: [1280, 1024, 2], state_mode_2022: [1280, 1024, 2], state_only: [160, 36, 1]};
  for (const [name, [reserved, inUse, frames]] of Object.entries(expected)) {
    const bytes = sharedData(t, `field/${name}.pickle`);
    if (!bytes) return;
    const own = newFolder();
    writeFileSync(join(own, 'state.pickle'), bytes);
    const told = JSON.parse(stowage(['top', 'state.pickle', '--json', '--by', 'frame'], {cwd: own}).stdout);
    assert.deepEqual(
      [told.state.reserved / MIB, told.bytes / MIB, told.top.length],
      [reserved, inUse, frames],
    );
    assert.match(told.top[0].name, /model\.py:\d+ (__init__|forward)/);
  }
});
