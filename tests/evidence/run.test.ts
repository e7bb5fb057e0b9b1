/** What is said of a run holds for the whole run: peaks, recoverable bytes and checks of small made-up snapshots. */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {cudaReport} from '../../bindings/report.ts';
import {
  describeRecordingPeak,
  describeRecoverable,
  recordingPeak,
  stepProblem,
  type Trace,
} from '../../bindings/trace.ts';
import {newFolder, stowage} from '../cli/stowage.ts';
import {importTrace, sharedData} from '../trace/inputs.ts';
import {loadThenSteps, MIB, Run} from './run.ts';

const planner = loadPlannerSync();

async function recoverableOf(trace: Trace, iteration: 'auto' | 'window' = 'auto') {
  const step = stepProblem(trace, {iteration});
  const report = await cudaReport({trace, step}, planner.plan(step.problem), async problem =>
    planner.plan(problem),
  );
  return report!.recoverable;
}

test('a run that loads more than it steps: its peak is before the first iteration, and nothing is recoverable', async () => {
  const trace = await importTrace(loadThenSteps().pickle());
  const peak = recordingPeak(trace, 0);
  assert.deepEqual([peak.bytes, peak.place, peak.failedRequest], [900 * MIB, {kind: 'before'}, 0]);
  assert.equal(
    describeRecordingPeak(peak),
    '943,718,400 B (900.0 MiB) live at most, after event 12 of 42, before the first iteration',
  );
  const found = await recoverableOf(trace);
  assert.deepEqual([found.needed, found.recoverable, found.isProven], [900 * MIB, 0, true]);
  assert.deepEqual(found.evidence.scope, {kind: 'recording', device: 'cuda:0'});
});

test('the whole recording decides whether a capacity is enough; top shows its peak', () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'run.pickle'), loadThenSteps().pickle());
  const checked = stowage(['check', 'run.pickle', '--capacity', '400MiB'], {cwd});
  assert.equal(checked.status, 1);
  assert.match(
    checked.stdout,
    /^FAILED {2}capacity of the whole recording: 943,718,400 B .* no plan of the whole recording can fit$/m,
  );
  assert.match(checked.stdout, /^ok {6}capacity of iteration \d+: 398,458,880 B/m);
  const one = stowage(['check', 'run.pickle', '--capacity', '400MiB', '--iteration', '2'], {cwd});
  assert.equal(one.status, 0);
  assert.match(one.stderr, /only iteration 2 is checked; in the whole recording: 943,718,400 B/);
  const {moment, bytes} = JSON.parse(stowage(['top', 'run.pickle', '--json'], {cwd}).stdout);
  assert.deepEqual([moment.recording.place, bytes], [{kind: 'before'}, 900 * MIB]);
  const plan = stowage(['plan', 'run.pickle', '--capacity', '400MiB'], {cwd}).stdout;
  assert.match(plan, /^peak .* optimal: no plan of iteration \d+ can be smaller/m);
  assert.match(plan, /^capacity .* the whole recording takes 943,718,400 B .* does not fit/m);
});

test('the report answers for the whole recording first', () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'run.pickle'), loadThenSteps().pickle());
  const {answers} = JSON.parse(stowage(['report', 'run.pickle', '--json'], {cwd}).stdout);
  assert.equal(answers[0].question, 'How much did the whole recording need?');
  assert.equal(answers[0].answer, '900 MiB, before the first iteration');
  const recoverable = answers.find(({question}: {question: string}) => /recoverable/.test(question));
  assert.deepEqual(
    [recoverable.question, recoverable.answer],
    ['How much is recoverable in the whole recording?', 'Nothing'],
  );
});

test('the peak is found in an iteration, after the last one, and where there are none', async () => {
  const step = (run: Run): void =>
    void run
      .malloc('x', 8 * MIB)
      .malloc('y', 4 * MIB)
      .free('x')
      .free('y');
  const inside = await importTrace(new Run().malloc('w', MIB).repeat(5, step).pickle());
  assert.deepEqual(recordingPeak(inside, 0).place, {kind: 'iteration', iteration: 0});
  const after = new Run()
    .malloc('w', MIB)
    .repeat(5, step)
    .malloc('save', 50 * MIB)
    .free('save');
  assert.deepEqual(recordingPeak(await importTrace(after.pickle()), 0).place, {kind: 'after'});
  const none = await importTrace(
    new Run()
      .malloc('a', MIB)
      .malloc('b', 2 * MIB)
      .free('a')
      .pickle(),
  );
  assert.deepEqual(recordingPeak(none, 0).place, {kind: 'anywhere'});
});

test('a request that failed counts into the peak, in top and in check', async () => {
  const run = new Run()
    .malloc('w', 10 * MIB)
    .malloc('x', 20 * MIB)
    .free('x')
    .malloc('y', 5 * MIB)
    .fail(30 * MIB, MIB);
  const data = run.pickle();
  const peak = recordingPeak(await importTrace(data), 0);
  assert.deepEqual([peak.bytes, peak.failedRequest], [45 * MIB, 30 * MIB]);
  const cwd = newFolder();
  writeFileSync(join(cwd, 'run.pickle'), data);
  const {top, bytes} = JSON.parse(stowage(['top', 'run.pickle', '--json', '--by', 'block'], {cwd}).stdout);
  assert.equal(bytes, 45 * MIB);
  assert.deepEqual([top[0].name, top[0].bytes], ['the request that failed', 30 * MIB]);
  assert.match(stowage(['top', 'run.pickle', '--tree'], {cwd}).stdout, /the request that failed/);
  const check = stowage(['check', 'run.pickle', '--capacity', '44MiB'], {cwd});
  assert.match(check.stdout, /no plan of the whole recording can fit/);
});

test('private pools keep what their graphs use, in the run and beside an iteration', async () => {
  const run = new Run().malloc('w', 36 * MIB);
  run
    .malloc('g', 34 * MIB, {pool: 7})
    .malloc('h', 34 * MIB, {pool: 7})
    .free('g')
    .free('h');
  run.malloc('g', 32 * MIB, {pool: 7}).free('g');
  run.repeat(4, own =>
    own
      .malloc('x', 64 * MIB)
      .malloc('y', 64 * MIB)
      .free('x')
      .free('y'),
  );
  const data = run.pickle();
  const found = await recoverableOf(await importTrace(data));
  assert.deepEqual([found.reserved, found.needed, found.parts], [232 * MIB, 232 * MIB, 2]);
  const cwd = newFolder();
  writeFileSync(join(cwd, 'run.pickle'), data);
  // 36 and 128, and the 68 of the graph
  const check = stowage(['check', 'run.pickle', '--capacity', '200MiB'], {cwd}).stdout;
  assert.match(check, /^FAILED {2}capacity of iteration \d+: 243,269,632 B \(232\.0 MiB\)/m);
  assert.match(
    stowage(['plan', 'run.pickle'], {cwd}).stdout,
    /^graphs {7}1 pool of CUDA graphs from before: 71,303,168 B/m,
  );
});

test('what was reserved at the peak may be unknown, or known only as a least value', async () => {
  const run = (): Run =>
    new Run()
      .malloc('w', 4 * MIB)
      .malloc('x', 40 * MIB)
      .free('x')
      .malloc('y', 8 * MIB)
      .free('y');
  const emptied = await recoverableOf(await importTrace(run().pickle({segments: 'emptied'})), 'window');
  assert.equal(emptied.recoverable, null);
  assert.equal(emptied.isProven, false);
  assert.match(
    describeRecoverable(emptied),
    /^unknown: 46,137,344 B .* more than the 4,194,304 B .* no segment events/,
  );
  const atEnd = await recoverableOf(await importTrace(run().pickle({segments: 'end'})), 'window');
  assert.equal(atEnd.recoverable, 0);
  assert.ok(atEnd.evidence.assumptions.includes('reserved-at-end'));
  assert.match(describeRecoverable(atEnd), /^at least 0 B/);
});

test('a file that ends early says so beside every proof', () => {
  const cwd = newFolder();
  const log = ['{"schema":"stowage.events/1"}', '{"event":"malloc","address":1,"size":5}', '{"event":"mall'];
  writeFileSync(join(cwd, 'cut.jsonl'), log.join('\n'));
  writeFileSync(join(cwd, 'cut.csv'), 'id,lower,upper,size\na,0,2,5\nb,1,');
  const whole = 'optimal: no plan of the whole recording, as far as the file goes, can be smaller';
  assert.ok(stowage(['plan', 'cut.jsonl'], {cwd}).stdout.includes(whole));
  assert.match(
    stowage(['plan', 'cut.csv'], {cwd}).stdout,
    /optimal: no plan, as far as the file goes, can be smaller/,
  );
  const {evidence} = JSON.parse(stowage(['plan', 'cut.csv', '--json'], {cwd}).stdout);
  assert.deepEqual(
    evidence.assumptions.map(({name}: {name: string}) => name),
    ['file-cut'],
  );
});

/** Bytes; recomputed for each by `check_snapshot.py` beside the files. */
const FIELD = [
  ['load_then_steps', 943_718_400, 943_718_400, 0],
  ['eval_then_train', 776_130_560, 794_820_608, 18_690_048],
  ['cuda_graph_pools', 171_966_470, 452_984_832, 12_579_840],
  ['no_segment_events_emptied', 138_473_472, 37_748_736, null],
  ['backward_frames', 195_040_256, 314_572_800, 119_532_544],
] as const;

for (const [name, load, reserved, recoverable] of FIELD) {
  test(`the field file ${name}: the peak of the run, and what a plan of all of it recovers`, async t => {
    const data = sharedData(t, `field/${name}.pickle`);
    if (!data) return;
    const trace = await importTrace(data);
    const found = await recoverableOf(trace);
    assert.deepEqual(
      [recordingPeak(trace, 0).bytes, found.reserved, found.recoverable],
      [load, reserved, recoverable],
    );
  });
}
