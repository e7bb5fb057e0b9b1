/** The simulated recording of `examples/`. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {outOfMemory} from '../../tools/simulate/out-of-memory.ts';

test('the simulation gives the bytes of examples/out-of-memory.pickle.gz', () => {
  const example = readFileSync(new URL('../../examples/out-of-memory.pickle.gz', import.meta.url));
  assert.ok(
    gunzipSync(example).equals(Buffer.from(outOfMemory())),
    'run tools/simulate/out-of-memory.ts again',
  );
});
