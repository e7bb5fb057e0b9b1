/** The breakdown of a multilayer perceptron's training step as published, by the access automaton. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {breakDown, type Content, findIterations} from '../../bindings/trace.ts';
import {mlpTrace} from './mlp.ts';

/** Bytes by content in a step that repeats. */
function contentsOf(batch: number, width: number): Partial<Record<Content, number>> {
  const trace = mlpTrace(batch, width);
  const {iterations} = findIterations(trace, 0);
  const {groups} = breakDown(trace, 0, 'content', iterations[1]);
  return Object.fromEntries(groups.map(({name, bytes}) => [name, bytes]));
}

test('the published breakdown comes out, nine networks, one allocation policy', () => {
  // points, width, MiB of intermediate results and their per cent of all, with the digits that were printed
  for (const [batch, width, mebibytes, percent] of [
    [400, 3, '0.0367', '82.66'],
    [3200, 3, '0.293', '82.75'],
    [3200, 24, '1.319', '95.54'],
    [3200, 192, '9.525', '99.33'],
    [3200, 1536, '75.18', '99.88'],
    [3200, 12288, '600.4', '99.95'],
    [6400, 12288, '1200.5', '99.970'],
    [12800, 12288, '2400.8', '99.980'],
    [25600, 12288, '4801.4', '99.985'],
  ] as const) {
    const contents = contentsOf(batch, width);
    const all = Object.values(contents).reduce((sum, bytes) => sum + bytes, 0);
    const digits = (text: string): number => text.length - text.indexOf('.') - 1;
    const ours = [
      (contents.intermediate! / 2 ** 20).toFixed(digits(mebibytes)),
      ((100 * contents.intermediate!) / all).toFixed(digits(percent)),
    ];
    assert.deepEqual(ours, [mebibytes, percent], `${batch} points, ${width} wide`);
  }
});

test('the memory of the smallest network, worked out by hand', () => {
  const [n, p] = [400, 3];
  assert.deepEqual(contentsOf(n, p), {
    // 4 blocks of n × p; of n × 2: scores, chances, two gradients; of n: losses, three of ones; a gradient per weight
    intermediate: 4 * (4 * n * p + 4 * n * 2 + 4 * n + (2 * p + p + p * 2 + 2)),
    // points and class indices
    input: 4 * (n * 2 + n),
    // the gradient of the points
    output: 4 * (n * 2),
    parameter: 4 * (2 * p + p + p * 2 + 2),
  });
});
