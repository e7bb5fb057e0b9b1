/** Waits between streams in traces of the profiler: those that are known are read, and no other. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {evidenceOfStep, stepProblem, type Trace, writeEventLog} from '../../bindings/trace.ts';
import {dumpTrace} from './dump.ts';
import {importTrace} from './inputs.ts';

const memory = (ts: number, Bytes: number, device = 0) => ({
  ph: 'i',
  cat: 'cpu_instant_event',
  name: '[memory]',
  ts,
  args: {Bytes, Addr: 4096, 'Device Type': 1, 'Device Id': device},
});
const call = (name: string, correlation: number, ts: number, dur = 2) => ({
  ph: 'X',
  cat: 'cuda_runtime',
  name,
  ts,
  dur,
  args: {correlation},
});
const sync = (name: string, correlation: number, args: object, device: number | undefined = 0) => ({
  ph: 'X',
  cat: 'cuda_sync',
  name,
  ts: 999,
  dur: 1,
  args: {correlation, device, ...args},
});
const wait = (stream: number, on: number, record: number) => ({
  stream,
  wait_on_stream: on,
  wait_on_cuda_event_record_corr_id: record,
});

async function syncsOf(events: readonly object[]): Promise<unknown[]> {
  const trace = await importTrace(
    JSON.stringify({traceEvents: [memory(0, 512), ...events, memory(100, -512)]}),
  );
  return (dumpTrace(trace) as {syncs?: unknown[]}).syncs ?? [];
}

test('records begin with their call, waits and syncs come at the end of theirs, in the order of the host', async () => {
  const found = await syncsOf([
    memory(11, 512, 1),
    call('cudaEventRecord', 1, 10),
    call('cudaStreamWaitEvent', 2, 20),
    sync('Stream Wait Event', 2, wait(7, 3, 1)),
    call('cudaEventSynchronize', 3, 30),
    sync('Event Sync', 3, wait(-1, 3, 1)),
    call('cudaStreamSynchronize', 4, 40),
    sync('Stream Sync', 4, {stream: 7}),
    call('cudaDeviceSynchronize', 5, 50),
    sync('Context Sync', 5, {stream: -1}),
  ]);
  assert.deepEqual(found, [
    {kind: 'record', event: 1, device: 0, stream: '3', fence: '1'},
    {kind: 'wait', event: 2, device: 0, stream: '7', fence: '1'},
    {kind: 'wait', event: 2, device: 0, fence: '1'},
    {kind: 'sync', event: 2, device: 0, stream: '7', fence: '0'},
    {kind: 'sync', event: 2, device: 0, fence: '0'},
  ]);
});

test('what is not known is left out: streams of -1, calls that are missing, devices without memory', async () => {
  const calls = [call('cudaEventRecord', 1, 10), call('cudaStreamWaitEvent', 2, 20)];
  for (const [args, device] of [
    [wait(-1, 3, 1)],
    [wait(7, -1, 1)],
    [wait(7, 3, 9)],
    [wait(7, 3, -1)],
    [{stream: 7}],
    [wait(7, 3, 1), 4],
  ] as const)
    assert.deepEqual(await syncsOf([...calls, sync('Stream Wait Event', 2, args, device)]), []);
  assert.deepEqual(await syncsOf([sync('Stream Wait Event', 2, wait(7, 3, 1))]), []);
  assert.deepEqual(await syncsOf([...calls, sync('Something New', 2, wait(7, 3, 1))]), []);
  assert.deepEqual(await syncsOf(calls), []);
});

test('a plan of such a trace relies on none of them, since its blocks name no stream; the event log has them', async () => {
  const events = [call('cudaDeviceSynchronize', 5, 50), sync('Context Sync', 5, {})];
  const text = JSON.stringify({traceEvents: [memory(0, 512), ...events, memory(100, -512)]});
  const trace: Trace = await importTrace(text);
  const step = stepProblem(trace, {iteration: 'window'});
  assert.equal(step.concurrency, undefined);
  assert.deepEqual(evidenceOfStep(trace, step).assumptions, ['streams-unknown']);
  assert.match([...writeEventLog(trace)].join(''), /\{"event":"sync","time":/);
});
