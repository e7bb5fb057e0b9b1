/** The debug build checks its invariants, the release build does not; their plans must be the same. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {BUILDS} from '../builds.ts';
import {runCorpus} from './corpus.js';

test('debug and release builds of the core plan the corpus alike', () => {
  const [debug, release] = BUILDS.map(({planner}) => runCorpus(planner));
  assert.deepEqual(debug, release);
});
