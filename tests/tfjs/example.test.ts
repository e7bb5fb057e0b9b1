/** `examples/tfjs.ts` runs as written, against the built package. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

test('the example serves all calls but two from one block, and computes the same', () => {
  const file = fileURLToPath(new URL('../../examples/tfjs.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--import', 'tsx', file], {encoding: 'utf8'});
  assert.equal(
    printed,
    '24 tensors recorded, 88 served from one block of 126976 bytes, 8 results kept\nthe same bits: true\n',
  );
});
