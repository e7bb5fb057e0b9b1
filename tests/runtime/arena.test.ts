/** A plan made runnable: views of its buffers, scratch memory above them. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {LimitError, loadPlannerSync, type Problem, UsageError} from '../../bindings/index.ts';
import {Arena} from '../../bindings/runtime.ts';

const planner = loadPlannerSync();
const problem: Problem = {
  buffers: [
    {size: 300, start: 0, end: 2},
    {size: 200, start: 1, end: 3},
    {size: 300, start: 2, end: 4},
  ],
};
const plan = planner.plan(problem);

test('buffers have their bytes, and share them as planned', () => {
  const arena = new Arena(problem, plan);
  assert.equal(arena.byteLength, plan.peak);
  arena.view(0).fill(1);
  arena.view(1).fill(2);
  assert.ok(arena.view(0).every(byte => byte === 1));
  assert.deepEqual([arena.view(2).byteOffset, arena.view(2).byteLength], [plan.offsets[2], 300]);
  assert.throws(() => arena.view(3), UsageError);
});

test('scratch memory is above the plan, aligned, and given back to a mark', () => {
  const arena = new Arena(problem, plan, {headroom: 1000});
  const mark = arena.mark();
  const scratch = arena.alloc(100);
  assert.ok(scratch.byteOffset >= plan.peak && scratch.byteOffset % 64 === 0);
  assert.ok(arena.alloc(10, 16).byteOffset >= scratch.byteOffset + 100);
  assert.throws(() => arena.alloc(1000), LimitError);
  const {highWater} = arena;
  arena.release(mark);
  assert.equal(arena.alloc(100).byteOffset, scratch.byteOffset);
  assert.equal(arena.highWater, highWater);
  assert.throws(() => arena.release(arena.byteLength), UsageError);
});

test('the arena can be in a given buffer, if that is large enough', () => {
  const buffer = new SharedArrayBuffer(4096);
  assert.equal(new Arena(problem, plan, {buffer, byteOffset: 1024}).view(0).buffer, buffer);
  assert.throws(() => new Arena(problem, plan, {buffer, byteOffset: 4000}), UsageError);
});
