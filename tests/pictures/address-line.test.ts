/** The line of recorded addresses: what is closed, and that page and report draw blocks at the same places. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {addressesPicture, addressLine} from '../../bindings/pictures/index.ts';
import {classifyLifetimes, importFile, timelineOf} from '../../bindings/trace.ts';
import {recordedOffsets} from '../../web/document/before.ts';
import {taskOf} from '../../web/document/plan-task.ts';

const FIXTURES = new URL('../trace/fixtures/cuda-snapshot/', import.meta.url);
const EXAMPLE = new URL('../../examples/out-of-memory.pickle.gz', import.meta.url);

test('a hole of more than a fiftieth of the bytes used is closed, a smaller one stays', () => {
  const sizes = Float64Array.of(600, 400, 100);
  // 1,100 bytes are used: holes up to 22 stay
  assert.deepEqual(addressLine(Float64Array.of(0, 622, 1044), sizes), {
    place: Float64Array.of(0, 622, 1044),
    extent: 1144,
    closed: 0,
    breaks: [],
  });
  assert.deepEqual(addressLine(Float64Array.of(0, 623, 1_000_000), sizes), {
    place: Float64Array.of(0, 600, 1000),
    extent: 1100,
    closed: 23 + 1_000_000 - 1023,
    breaks: [600, 1000],
  });
});

test('page and report draw the blocks of a recording at the same places', async () => {
  const files = readdirSync(FIXTURES).filter(name => /\.pickle(\.gz)?$/.test(name));
  let compared = 0;
  for (const url of [EXAMPLE, ...files.map(name => new URL(name, FIXTURES))]) {
    const imported = await importFile({name: url.pathname, data: readFileSync(url)});
    assert.ok(imported.kind === 'trace');
    const {trace} = imported;
    const task = taskOf(imported, 0, {iteration: 'window', changes: []});
    const {memory, iterations} = timelineOf(trace, 0);
    const lifetimes = classifyLifetimes(trace, 0);
    const report = addressesPicture(trace, memory, lifetimes, iterations.iterations, 0);
    const boxes = report?.layers.find(layer => layer.kind === 'boxes');
    const page = recordedOffsets(imported, task);
    if (!boxes || !page) continue;
    const places = new Map(Array.from(boxes.item!, (block, i) => [block, boxes.y0[i]!]));
    for (const [buffer, block] of task.step!.blocks.entries()) {
      compared++;
      assert.equal(page.offsets[buffer], places.get(block), `${url.pathname}, block ${block}`);
    }
  }
  assert.ok(compared > 1000, `${compared} blocks`);
});
