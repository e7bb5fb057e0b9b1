/** XLA's buffer assignments with several temporary allocations. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {importBytes, sharedData} from './inputs.ts';

/** Heaps of a value of 1024 and one of 512 bytes that are live one after the other; XLA lays them side by side. */
function assignment(heaps: number, kinds: readonly string[] = []): string {
  const indices = Array.from({length: heaps}, (_, heap) => heap);
  return [
    'BufferAssignment:',
    'allocation 0: size 64, parameter 0, shape |f32[16]| at ShapeIndex {}:',
    ' value: <90 p0 @0> (size=64,offset=0): f32[16]',
    ...indices.flatMap(heap => [
      `allocation ${heap + 1}: size 1536, ${kinds[heap] ?? 'preallocated-temp'}:`,
      ` value: <${heap * 2} a${heap} @0> (size=1024,offset=0): f32[256]`,
      ` value: <${heap * 2 + 1} b${heap} @0> (size=512,offset=1024): f32[128]`,
    ]),
    'HloLiveRange (max 9):',
    '  BufferLiveRange:',
    '    p0{}:0-9',
    ...indices.flatMap(heap => [`    a${heap}{}:1-3`, `    b${heap}{}:4-6`]),
    '',
  ].join('\n');
}

test('the temporary allocations are all planned, each apart, and compared with the plan of XLA', async () => {
  const planner = loadPlannerSync();
  for (const heaps of [1, 2, 3]) {
    const imported = await importBytes(assignment(heaps));
    assert.ok(imported.kind === 'problem');
    const {problem, reference, warnings} = imported;
    assert.equal(problem.count, heaps * 2);
    assert.equal(reference!.peak, heaps * 1536);
    const plan = planner.plan(problem, {nodeLimit: 10_000});
    // within a heap the second value takes the place of the first; heaps share nothing
    assert.equal(plan.peak, heaps * 1024);
    assert.equal(plan.lowerBound, heaps * 1024);
    assert.deepEqual(planner.verify(problem, plan), []);
    assert.deepEqual(planner.verify(problem, {offsets: reference!.offsets}), []);
    assert.equal(plan.parts?.length ?? 1, heaps);
    assert.match(
      warnings[0]!,
      heaps === 1 ? /^allocation 1, the temporary one, is/ : /are planned, each apart/,
    );
  }
});

test('a memory of another color is a part of its own, by name', async () => {
  const imported = await importBytes(assignment(2, ['preallocated-temp', 'color 1, preallocated-temp']));
  assert.ok(imported.kind === 'problem');
  assert.deepEqual(imported.problem.constraints!.parts!.names, ['allocation 1', 'allocation 2 (color 1)']);
});

test('the shared assignment with two heaps', async t => {
  const data = sharedData(t, 'field/xla_two_heaps.txt');
  if (!data) return;
  const imported = await importBytes(data);
  assert.ok(imported.kind === 'problem');
  assert.equal(imported.problem.count, 4);
  assert.equal(loadPlannerSync().plan(imported.problem).peak, 3584);
  assert.equal(imported.reference!.peak, 3584);
});
