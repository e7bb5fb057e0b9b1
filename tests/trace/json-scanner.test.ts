import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {ImportError} from '../../bindings/model/errors.ts';
import {JsonScanner} from '../../bindings/trace/importers/json/scanner.ts';
import {bytesOf} from './inputs.ts';

interface Found {
  readonly value: unknown;
  readonly offset: number;
  readonly isMemory: boolean;
}

const MEMORY = bytesOf('[memory]');

/** The scanner's results for a text in chunks of that many bytes. */
function scan(text: string, bytes = 1_000_000): Found[] {
  const found: Found[] = [];
  const scanner = new JsonScanner('test', 'traceEvents', ['ph', 'name'], element => {
    found.push({value: JSON.parse(element.text()), offset: element.offset, isMemory: element.is(1, MEMORY)});
  });
  const data = bytesOf(text);
  for (let at = 0; at < data.length; at += bytes) scanner.push(data.slice(at, at + bytes));
  scanner.end();
  return found;
}

function errorOf(text: string): ImportError {
  try {
    scan(text);
  } catch (error) {
    if (error instanceof ImportError) return error;
    throw error;
  }
  throw new Error(`expected an error of ${text}`);
}

test('the objects of the array are found, and nothing else', () => {
  const text =
    '{"other":[{"a":1}],"traceEvents":[{"name":"[memory]"}, 3, [{"x":2}], {"name":"y"}],"z":{"traceEvents":[{}]}}';
  assert.deepEqual(scan(text), [
    {value: {name: '[memory]'}, offset: 34, isMemory: true},
    {value: {name: 'y'}, offset: 69, isMemory: false},
  ]);
});

test('a bare array is the array', () => {
  assert.deepEqual(
    scan('\ufeff [ {"a":[{}]} ,{} ]\n').map(({value}) => value),
    [{a: [{}]}, {}],
  );
});

test('brackets, quotes and key names inside strings are text', () => {
  const event = {name: 'a"}]\\', args: {traceEvents: '[{"', 'x\\"': ['}', '\u2028é']}};
  const text = JSON.stringify({meta: '"traceEvents":[{}]', traceEvents: [event, event]});
  for (let bytes = 1; bytes < 40; bytes++) {
    assert.deepEqual(
      scan(text, bytes).map(({value}) => value),
      [event, event],
    );
  }
});

test("a field counts only as the element's own, and not as a value", () => {
  const texts = [
    '{"args":{"name":"[memory]"}}',
    '{"cat":"name","x":"[memory]"}',
    '{"name":["[memory]"]}',
    '{"name":1,"x":"[memory]"}',
  ];
  for (const text of texts) assert.equal(scan(`[${text}]`)[0]!.isMemory, false, text);
  assert.equal(scan('[{"args":{"name":"x"},"name" : "[memory]"}]', 3)[0]!.isMemory, true);
});

test('a text that ends early names the byte', () => {
  const text = '{"traceEvents":[{"a":"b"},{"c":1.5e3}],"x":[null]}';
  for (let cut = 0; cut < text.length; cut++) {
    const error = errorOf(text.slice(0, cut));
    assert.equal(error.byte, cut, text.slice(0, cut));
    assert.match(error.message, /cut short/);
  }
  assert.match(errorOf('[{"a":1}').message, /within the list of events at byte 8/);
});

test('damage names the byte', () => {
  const cases: [string, number][] = [
    ['[{"name":"say "hello""}]', 15],
    ['[{"a":1}}', 8],
    ['{"a":[1}', 7],
    ['[{}]x', 4],
    ['[{}] []', 5],
    ['[{} {}]', 4],
    ['{"a" "b"}', 5],
    ['{"a":1 2}', 7],
    ['[,]', 1],
    ['["a":1]', 4],
    ['"text"', 0],
    ['12', 0],
    ['[\u0001]', 1],
  ];
  for (const [text, byte] of cases) {
    const error = errorOf(text);
    assert.equal(error.byte, byte, `${text}: ${error.message}`);
    assert.match(error.message, /^damaged at byte/);
  }
});

test('nesting without end is refused', () => {
  assert.match(errorOf('['.repeat(100_000)).message, /one more level of brackets/);
});

test('a text without the array says so', () => {
  assert.match(errorOf('{"a":[{}]}').message, /no list of traceEvents/);
});

test('any JSON array of objects comes out as it went in, with its bytes, however it is cut', () => {
  const event = fc.dictionary(fc.string(), fc.jsonValue());
  const property = fc.property(
    fc.array(event, {maxLength: 6}),
    fc.integer({min: 1, max: 30}),
    fc.boolean(),
    (events, bytes, isBare) => {
      const text = isBare
        ? JSON.stringify(events, null, 1)
        : JSON.stringify({'"': [{}], traceEvents: events, z: '[{'});
      const found = scan(text, bytes);
      const plain: unknown = JSON.parse(JSON.stringify(events));
      assert.deepEqual(
        found.map(({value}) => value),
        plain,
      );
      const data = bytesOf(text);
      for (const {offset} of found) assert.equal(data[offset], '{'.charCodeAt(0));
    },
  );
  fc.assert(property, {seed: 2, numRuns: 400});
});
