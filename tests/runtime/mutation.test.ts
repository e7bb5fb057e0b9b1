/** The perturbed iterations notice a broken rule: some here, all of them in `npm run mutate`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {MUTATIONS, noticed} from './mutations.ts';

const ITERATIONS = 50;
const SOME = [
  'the fast path serves no blocked slot',
  'a freed slot blocks no more',
  'the cursor passes what nobody asked for',
];

test('the unchanged runtime, compiled the same way, passes', async () => {
  assert.equal(await noticed(undefined, ITERATIONS), undefined);
});

for (const rule of SOME) {
  test(`noticed: no longer "${rule}"`, async context => {
    const broken = MUTATIONS.find(mutation => mutation.rule === rule);
    assert.ok(broken, 'no such mutation');
    const how = await noticed(broken, ITERATIONS);
    assert.ok(how);
    context.diagnostic(how);
  });
}
