/** `examples/runtime.ts` runs as written, against the built package. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

test('the example records once, and serves all other iterations from the plan', () => {
  const file = fileURLToPath(new URL('../../examples/runtime.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--import', 'tsx', file], {encoding: 'utf8'});
  assert.equal(printed, '4 recorded, 396 served from 1 plan, peak 7340032 of 10485760 bytes\n');
});
