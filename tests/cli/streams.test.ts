/** `stowage plan` of a log with waits: how its streams are ordered, which wait is missing, in text and in JSON. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv2020} from 'ajv/dist/2020.js';
import {stowage} from './stowage.ts';

const LOG = fileURLToPath(new URL('../trace/clocks/logs/3-used-elsewhere.jsonl', import.meta.url));
/** The fields looked at. */
interface Printed {
  readonly streams: unknown;
  readonly evidence: {readonly assumptions: readonly {readonly name: string}[]};
}

const plan = (...args: string[]): string => {
  const {status, stdout, stderr} = stowage(['plan', LOG, '--iteration', 'window', ...args]);
  assert.deepEqual([status, stderr], [0, '']);
  return stdout;
};

test('the lines of a plan say how the streams are ordered, and of which plans the proof is', () => {
  const lines = plan().split('\n');
  assert.deepEqual(lines.slice(2, 5), [
    'streams      2; 1 wait and 1 sync recorded; a missing one keeps 2 buffers apart from others that the host allocates later or frees before',
    'buffers      3',
    'lower bound  8 B, by buffers of which any two may be live at once',
  ]);
  assert.match(
    lines[6]!,
    /^peak {9}8 B, optimal: no plan of the whole recording that keeps to the recorded waits can be smaller/,
  );
});

test('--explain names the missing wait, and the one that helps most', () => {
  assert.deepEqual(plan('--explain').trimEnd().split('\n').slice(8), [
    'together     8 B by 2 buffers, of which any two may be live at once:',
    '             b0 (x), 4 B',
    '             b1 (y), 4 B',
    'missing      stream 0 never waits for stream 1 after b0 (x) is used there, before b1 (y) is allocated',
    'best wait    stream 0 waits for stream 1 before b1 (y) is allocated: they need 4 B, 4 B less (tried: 1 of 1)',
  ]);
});

test('the JSON has both, and fits its schema', () => {
  const json: Printed = JSON.parse(plan('--json', '--explain'));
  const schema = readFileSync(new URL('../../docs/plan.schema.json', import.meta.url), 'utf8');
  const validate = new Ajv2020({allErrors: true, allowUnionTypes: true}).compile(JSON.parse(schema));
  assert.ok(validate(JSON.parse(JSON.stringify(json))), JSON.stringify(validate.errors));
  const wait = {stream: 'stream 0', waitsFor: 'stream 1', after: 0, before: 1};
  assert.deepEqual(json.streams, {
    streams: 2,
    records: 1,
    waits: 1,
    syncs: 1,
    notRepeated: 0,
    untrusted: 0,
    racing: 0,
    unordered: 2,
    missing: {
      lowerBound: 8,
      buffers: [0, 1],
      waits: [wait],
      best: {...wait, lowerBound: 4},
      tried: 1,
      candidates: 1,
    },
  });
  assert.deepEqual(
    json.evidence.assumptions.map(({name}) => name),
    ['streams-ordered', 'uses-recorded'],
  );
});

test("with --streams together the order of the host decides, and the waits are the server's", () => {
  const stdout = plan('--streams', 'together');
  assert.match(stdout, /streams {6}\d; together: wherever the plan hands bytes from one to another/);
  assert.match(
    stdout,
    /peak {9}4 B, optimal: no plan of the whole recording for streams that wait for each other/,
  );
});
