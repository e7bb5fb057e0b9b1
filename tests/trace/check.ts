/** Invariants of every trace and every problem, from any format. */
import assert from 'node:assert/strict';
import type {ProblemColumns} from '../../bindings/model/problem.ts';
import {FREE, type Imported, MALLOC, NONE, type Trace} from '../../bindings/trace.ts';
import {gapsOf} from './dump.ts';

export function checkImported(imported: Imported): void {
  if (imported.kind === 'trace') checkTrace(imported.trace);
  else checkProblem(imported.problem);
}

export function checkTrace({events, blocks, devices, operations, paths, marks}: Trace): void {
  let seen = 0;
  const closed = new Set<number>();
  for (let i = 0; i < events.count; i++) {
    const block = events.block[i]!;
    assert.ok(i === 0 || events.time[i]! >= events.time[i - 1]!, 'events are in order of time');
    assert.ok(block <= seen && block < blocks.count, 'blocks are in order of their first event');
    if (block === seen) seen++;
    assert.ok(!closed.has(block), 'nothing happens to a block after its free');
    if (events.kind[i] === MALLOC) assert.equal(blocks.mallocEvent[block], i);
    if (events.kind[i] === FREE) {
      assert.equal(blocks.freeEvent[block], i);
      closed.add(block);
    }
  }
  assert.equal(seen, blocks.count);
  const names = new Set<string>();
  for (let block = 0; block < blocks.count; block++) {
    assert.ok(blocks.bytes[block]! > 0 && Number.isSafeInteger(blocks.bytes[block]));
    assert.ok(blocks.device[block]! < devices.length && blocks.operation[block]! < operations.length);
    // path 0 says no more than the operation
    const path = blocks.path?.[block] ? paths![blocks.path[block]!] : undefined;
    if (path) assert.equal(path.operation, operations[blocks.operation[block]!]);
    const [malloc, free] = [blocks.mallocEvent[block]!, blocks.freeEvent[block]!];
    assert.ok(malloc === NONE || free === NONE || malloc < free);
    names.add(`${blocks.device[block]} ${blocks.address[block]} ${blocks.allocation[block]}`);
  }
  assert.equal(names.size, blocks.count, 'device, address and allocation number name a block');
  for (const mark of marks) assert.ok(mark.event <= events.count);
}

export function checkProblem(problem: ProblemColumns): void {
  assert.equal(problem.gapIndex.length, problem.count + 1);
  assert.equal(problem.gapIndex[problem.count], problem.gapStart.length);
  if (problem.ids) assert.equal(problem.ids.length, problem.count);
  for (let i = 0; i < problem.count; i++) {
    const [start, end] = [problem.start[i]!, problem.end[i]!];
    assert.ok(start <= end);
    assert.ok(Number.isSafeInteger(problem.size[i]) && problem.size[i]! >= 0);
    let last = -1;
    for (const [from, to] of gapsOf(problem, i)) {
      assert.ok(
        from >= start && to <= end && from < to && from > last,
        'gaps are in the lifetime, ascending, apart',
      );
      last = to;
    }
  }
}

/** Whether the buffer holds something at that tick. */
export function isLive(problem: ProblemColumns, buffer: number, tick: number): boolean {
  if (tick < problem.start[buffer]! || tick >= problem.end[buffer]!) return false;
  return !gapsOf(problem, buffer).some(([from, to]) => tick >= from && tick < to);
}

/** The most bytes live at one tick. */
export function loadOf(problem: ProblemColumns): number {
  const changes: [tick: number, bytes: number][] = [];
  for (let i = 0; i < problem.count; i++) {
    const size = problem.size[i]!;
    if (problem.start[i] === problem.end[i]) continue;
    changes.push([problem.start[i]!, size], [problem.end[i]!, -size]);
    for (const [from, to] of gapsOf(problem, i)) changes.push([from, -size], [to, size]);
  }
  changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let load = 0;
  return changes.reduce((most, [, bytes]) => {
    load += bytes;
    return Math.max(most, load);
  }, 0);
}
