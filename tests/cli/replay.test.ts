/** `stowage replay`, and what `stowage plan` says of a CUDA snapshot. */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {pickle} from '../trace/pickle.ts';
import {BASE, block, entry, freed, resetClock, segment, snapshot} from '../trace/snapshots.ts';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const MIB = 2 ** 20;

/** Sizes that creep up, 30 MiB persistent, then a request that fails; 160 MiB to have. */
function folder(request = 20 * MIB): string {
  resetClock();
  const trace = [
    ...[30, 40, 50].flatMap((mib, i) => [
      entry('alloc', BASE + i * 64 * MIB, mib * MIB),
      ...freed(BASE + i * 64 * MIB, mib * MIB),
    ]),
    {action: 'oom', size: request, device_free: 10 * MIB, stream: 0, time_us: 2 ** 51, frames: []},
  ];
  const segments = [30, 40, 50].map((mib, i) =>
    segment(0, BASE + i * 64 * MIB, [block(mib * MIB, 'inactive')]),
  );
  const weights = segment(0, BASE + 256 * MIB, [block(30 * MIB, 'active_allocated')]);
  const cwd = newFolder();
  writeFileSync(join(cwd, 'snapshot.pickle'), pickle(snapshot([trace], [...segments, weights])));
  return cwd;
}

test('replay shows the memory of the allocator, that it is unvalidated, and the settings that help', () => {
  const {status, stdout} = stowage(['replay', 'snapshot.pickle'], {cwd: folder()});
  assert.equal(status, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 6), [
    'read         snapshot.pickle: cuda-snapshot, cuda:0, 6 requests and 1 that failed; 1 older block requested first',
    'allocator    pytorch-cuda, capacity 167,772,160 B (160.0 MiB): reserved + free when the last request failed; a model, not validated: it holds no segment events',
    'requested    83,886,080 B (80.0 MiB) at most',
    'allocated    83,886,080 B (80.0 MiB) at most, rounded as the allocator does',
    'reserved     157,286,400 B (150.0 MiB) at most, 4 segments at most; recorded 157,286,400 B (150.0 MiB), +0.0 %',
    'fragmented   125,829,120 B (120.0 MiB) at most; 73,400,320 B (70.0 MiB) at the reserved peak, request 6',
  ]);
  assert.deepEqual(lines.slice(6, 8), [
    'failed       the model serves the request that failed in the recording',
    '             it does not repeat the failure of the recording, so what it shows of other settings is weak evidence',
  ]);
  assert.equal(
    lines.find(line => line.startsWith('try')),
    'try          pytorch-cuda:expandable_segments=true: serves the request that failed in the recording; reserved 83,886,080 B (80.0 MiB) at most, 73,400,320 B (70.0 MiB) less than recorded',
  );
});

test('replay --json has the totals, the moments and the trials', () => {
  const args = ['replay', 'snapshot.pickle', '--json', '--capacity', '100MiB', '--allocator', 'no-reuse'];
  const {status, stdout} = stowage(args, {cwd: folder()});
  const told = JSON.parse(stdout);
  assert.deepEqual(
    [status, told.schema, told.allocator, told.capacity],
    [0, 'stowage.replay/1', 'no-reuse', 100 * MIB],
  );
  assert.deepEqual([told.most.reserved, told.failed, told.trials], [100 * MIB, 2, []]);
  assert.deepEqual([told.capacitySource, told.failures], ['given', {recorded: 1, served: 0, others: 1}]);
  assert.deepEqual(told.recordedFailures, [{request: 7, bytes: 20 * MIB, served: false}]);
  assert.deepEqual(
    told.overTime.map(({reserved}: {reserved: number}) => reserved / MIB),
    // the request that failed comes last, with its free
    [0, 30, 60, 60, 100, 100, 100, 100, 100, 100],
  );
});

test('replay refuses a problem, and an allocator that it does not know', () => {
  const problem = stowage(['replay', 'five.csv'], {cwd: EXAMPLES});
  assert.equal(problem.status, 2);
  assert.match(problem.stderr, /only a trace has requests to replay, and this is csv/);
  const unknown = stowage(['replay', 'snapshot.pickle', '--allocator', 'jemalloc'], {cwd: folder()});
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /expected one of pytorch-cuda, cupy, chainer-1, bump, no-reuse, got jemalloc/);
});

test('plan shows the recoverable bytes, and whether a request failed for fragmentation or for capacity', () => {
  const linesOf = (cwd: string) =>
    stowage(['plan', 'snapshot.pickle'], {cwd}).stdout.trimEnd().split('\n').slice(6);
  assert.deepEqual(linesOf(folder()), [
    'reserved     157,286,400 B (150.0 MiB), known only for the end of the recording',
    'needed       83,886,080 B (80.0 MiB) by the plan of the whole recording: persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB)',
    'recoverable  at least 73,400,320 B (70.0 MiB) = reserved − needed, proven: no plan of the whole recording recovers more',
    'out of memory  fragmentation: persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB) + request 20,971,520 B (20.0 MiB) = 104,857,600 B (100.0 MiB), within 167,772,160 B (160.0 MiB) (reserved + free when the request failed)',
    '             a plan of the whole recording would have fitted; first try the settings that `stowage replay` ranks highest',
  ]);
  assert.deepEqual(linesOf(folder(140 * MIB)).slice(3), [
    'out of memory  capacity: live 31,457,280 B (30.0 MiB) + request 146,800,640 B (140.0 MiB) = 178,257,920 B (170.0 MiB), more than 167,772,160 B (160.0 MiB) (reserved + free when the request failed)',
    '             no allocator can serve it; 10,485,760 B (10.0 MiB) less must be live at that time',
  ]);
});

test('replay of the shipped example keeps to its device, repeats its failure, and names the setting that serves it', () => {
  const {stdout} = stowage(['replay', 'out-of-memory.pickle.gz'], {cwd: EXAMPLES});
  const lines = stdout.trimEnd().split('\n');
  assert.match(
    lines[1]!,
    /capacity 6,442,450,944 B \(6\.0 GiB\): reserved \+ free when the last request failed/,
  );
  assert.deepEqual(
    lines.filter(line => /^(failed|reserved|try)/.test(line)),
    [
      'reserved     6,423,576,576 B (6.0 GiB) at most, 115 segments at most, without the requests that failed; recorded 6,423,576,576 B (6.0 GiB), +0.0 %',
      'failed       the model fails 1 request: the one that failed in the recording; skipped with its free, the first is request 4,836',
      'try          pytorch-cuda:expandable_segments=true: serves the request that failed in the recording; reserved 6,398,410,752 B (6.0 GiB) at most, 25,165,824 B (24.0 MiB) less than recorded',
    ],
  );
});

test('replay says that no setting helps where the request exceeds the device, and that a capacity is not known', () => {
  const over = stowage(['replay', 'snapshot.pickle'], {cwd: folder(140 * MIB)}).stdout;
  assert.match(over, /failed {7}the model fails 1 request: the one that failed in the recording/);
  assert.match(
    over,
    /try {10}nothing else: none of 9 other settings serves the request that failed in the recording without failing others/,
  );
  resetClock();
  const cwd = newFolder();
  const entries = [
    entry('alloc', BASE, 30 * MIB),
    {action: 'oom', size: 20 * MIB, device_free: 10 * MIB, stream: 0, time_us: 2 ** 51, frames: []},
  ];
  writeFileSync(join(cwd, 'snapshot.pickle'), pickle(snapshot([entries])));
  const unknown = stowage(['replay', 'snapshot.pickle'], {cwd}).stdout;
  assert.match(unknown, /capacity {5}not known: the recording does not show the reserved bytes/);
});
