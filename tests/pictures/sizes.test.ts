/** A buffer whose size changes is drawn in steps. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, toColumns} from '../../bindings/index.ts';
import {packingPicture} from '../../bindings/pictures/views/packing.ts';

const planner = loadPlannerSync();

test('one box for each stretch of ticks in which the same bytes are in use', () => {
  const problem = toColumns({
    buffers: [
      {
        id: 'grows',
        size: 64,
        start: 0,
        end: 9,
        gaps: [[3, 5]],
        sizes: [
          [2, 16],
          [4, 0],
          [6, 32, 64],
        ],
      },
      {id: 'other', size: 8, start: 0, end: 9},
    ],
  });
  const plan = planner.plan(problem);
  const {peak, lowerBound, offsets} = plan;
  const {layers} = packingPicture({problem, offsets, peak, lowerBound});
  const [boxes] = layers;
  assert.ok(boxes?.kind === 'boxes');
  const at = offsets[0]!;
  const own = Array.from({length: boxes.count}, (_, k) => k).filter(k => boxes.item?.[k] === 0);
  assert.deepEqual(
    own.map(k => [boxes.x0[k], boxes.x1[k], boxes.y0[k]! - at, boxes.y1[k]! - at]),
    [
      [0, 2, 0, 64],
      [2, 3, 0, 16],
      [6, 9, 32, 64],
    ],
  );
  assert.match(boxes.detail!(own[1]!), /^grows: 16 B of 64 B at /);
});
