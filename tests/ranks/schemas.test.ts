/** The contracts of a batch folder and of a run have schemas, which fit what is written and nothing of other kinds. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import {mergeRun} from '../../bindings/ranks/merge.ts';
import {fileOf, folderOf, type Planted, resultOf, shareOf} from './results.ts';

const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
const schemaOf = (name: string) =>
  ajv.compile(JSON.parse(readFileSync(new URL(`../../docs/${name}.schema.json`, import.meta.url), 'utf8')));
const isOfBatch = schemaOf('result');
const isRun = schemaOf('run');

const RANKS: readonly Planted[] = [
  {name: 'rank0_dp1', liveAfter: [1, 2, 3], settings: [{allocator: 'a', reserved: 1, failed: 0, served: 1}]},
  {name: 'rank1_dp2', request: 10, verdict: 'capacity', reserved: null, rank: 1, group: 'a'},
  {name: 'rank2', failure: 'no known format'},
  {name: 'problem.csv', isProblem: true},
];

test('results, files and shares fit result.schema.json', () => {
  for (const value of [...RANKS.map(resultOf), ...RANKS.map(fileOf), shareOf(['a', 'b'], 2, 3)]) {
    assert.ok(isOfBatch(value), ajv.errorsText(isOfBatch.errors));
    assert.equal(isOfBatch({...value, other: 1}), false);
    assert.equal(isOfBatch({...value, schema: 'stowage.plan/1'}), false);
  }
});

test('runs fit run.schema.json', () => {
  for (const ranks of [RANKS, RANKS.slice(0, 1), []]) {
    const run = mergeRun(folderOf(ranks, [shareOf(['rank9'], 2, 2)]));
    assert.ok(isRun(run), ajv.errorsText(isRun.errors));
    for (const name of Object.keys(run)) assert.equal(isRun({...run, [name]: undefined}), false, name);
  }
});
