/** Snapshots that were written as JSON: the same traces as their pickles. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ImportError, importFile} from '../../bindings/trace.ts';
import {dumpTrace} from './dump.ts';
import {bytesOf, importTrace, inChunks, sharedData} from './inputs.ts';
import {type Pickled, pickle, Tuple} from './pickle.ts';
import {everything, oldest} from './snapshots.ts';

/** As Python's json.dump writes it: tuples are lists, integers have all their digits. */
function jsonOf(value: Pickled, blank = ' '): string {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Tuple) return jsonOf(value.items, blank);
  if (Array.isArray(value)) return `[${value.map(item => jsonOf(item, blank)).join(`,${blank}`)}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${blank}${jsonOf(item as Pickled, blank)}`)
      .join(`,${blank}`)}}`;
  return JSON.stringify(value);
}

const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));

test('a snapshot as JSON is the same trace as its pickle, in chunks of any size', async () => {
  for (const whole of [everything(), oldest()]) {
    const expected = plain(dumpTrace(await importTrace(pickle(whole))));
    for (const text of [jsonOf(whole), `\ufeff\n${jsonOf(whole, '\n  ')}\n`])
      for (const bytes of [1, 7, 1 << 16]) {
        const imported = await importFile({name: 'unknown', data: inChunks(bytesOf(text), bytes)});
        assert.ok(imported.kind === 'trace' && imported.format === 'cuda-snapshot');
        assert.deepEqual(plain(dumpTrace(imported.trace)), expected);
      }
  }
});

test('a snapshot as JSON that is cut or damaged is refused with its byte', async () => {
  const text = jsonOf(everything());
  for (let cut = 30; cut < text.length; cut += 37) {
    await assert.rejects(importTrace(text.slice(0, cut)), (error: unknown) => {
      assert.ok(error instanceof ImportError);
      assert.match(error.message, /^the file is cut short: it ends within the JSON text at byte \d+$/);
      assert.equal(error.byte, cut);
      return true;
    });
  }
  for (const [wrong, message] of [
    ['{"segments": [] "x": 1}', /damaged at byte 16: a text where/],
    ['{"segments": []}}', /damaged at byte 16: a byte after the end/],
    ['{"segments": [}', /damaged at byte 14: a closing bracket/],
    ['{"segments": tru}', /damaged at byte 13: "tru" where/],
    ['{"segments":,}', /damaged at byte 12: a comma/],
    ['{"segments": [], "x" []}', /damaged at byte 21: a bracket/],
    ['{"segments": ["\\q"]}', /an escape that JSON does not have/],
    [`{"segments": ${'['.repeat(100)}`, /one more level of brackets/],
    ['{"segments": []}', /expected a dictionary with a list of device_traces|no events/],
  ] as const)
    await assert.rejects(importTrace(wrong), message);
});

test('pinned memory of the host is named, and said to be in no figure', async () => {
  const whole = {...everything(), host_traces: [], host_segments: []};
  const {warnings} = await importTrace(pickle(whole));
  const text = warnings.find(warning => warning.startsWith('not read'))!;
  assert.match(text, /host_traces \(pinned memory of the host: in no figure here\), host_segments \(pinned/);
});

test('the shared snapshot as JSON', async t => {
  const data = sharedData(t, 'field/snapshot_as.json');
  if (!data) return;
  const trace = await importTrace(data);
  assert.equal(trace.cuda!.segments.length > 0, true);
  assert.deepEqual(trace.devices, [{name: 'cuda:0', alignment: 512}]);
});
