/** Fields of JSON objects, read without JSON.parse, against JSON.parse. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {ObjectReader} from '../../bindings/trace/importers/json/object-reader.ts';
import {JsonScanner} from '../../bindings/trace/importers/json/scanner.ts';
import {bytesOf} from './inputs.ts';

const FIELDS = ['ph', 'name', 'ts', 'args.Bytes', 'args.Ev Idx'];

/** The fields by their path, and the end; undefined where the reader refuses the object. */
function read(text: string, fields = FIELDS): {values: unknown[]; end: number} | undefined {
  const bytes = new Uint8Array([...bytesOf(text), 0]);
  const reader = new ObjectReader(fields);
  const end = reader.read(bytes, 0);
  return end < 0 ? undefined : {values: fields.map((_, field) => reader.value(field)), end};
}

/** The same by JSON.parse; undefined where it throws. */
function parsed(text: string, fields = FIELDS): unknown[] | undefined {
  try {
    const object = JSON.parse(text);
    return fields.map(path => path.split('.').reduce((value, key) => Object(value)[key], object));
  } catch {
    return undefined;
  }
}

test('fields are read as JSON.parse reads them', () => {
  const texts = [
    '{}',
    ' { } '.trim(),
    '{"ph":"X","name":"aten::add","ts":4383815834993.840,"args":{"Bytes":-512,"Ev Idx":3}}',
    '{"args" : { "x": [[], {"Bytes": 1}, "\\u00e9\\n"], "Bytes" :\t7 } ,\r\n"ts": null , "ph": true, "name": false }',
    '{"name":"é \u2028 \ufeff日本","ts":"12"}',
    '{"name":"","x":{"ph":"inner","args":{"Bytes":1}}}',
    '{"named":"x","nam":"y","tsx":1}',
    '{"args":{}}',
  ];
  for (const text of texts) {
    assert.deepEqual(read(text)?.values, parsed(text), text);
    assert.equal(read(text)?.end, bytesOf(text).length);
  }
});

test('numbers are rounded as JSON.parse rounds them', () => {
  const numbers = fc.oneof(
    fc.double({noNaN: true, noDefaultInfinity: true}).map(String),
    fc.integer().map(String),
    fc
      .tuple(fc.bigInt({min: 0n, max: 10n ** 19n}), fc.bigInt({min: 0n, max: 10n ** 12n}))
      .map(x => x.join('.')),
    fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,30})?([eE][+-]?\d{1,3})?$/),
    fc.constantFrom(
      '-0',
      '0.000',
      '9007199254740991',
      '9007199254740993',
      '1e400',
      '0.1',
      '4383815834993.840',
    ),
  );
  const property = fc.property(numbers, number => {
    const expected: unknown = JSON.parse(number);
    assert.ok(Object.is(read(`{"ts":${number}}`)?.values[2], expected), number);
  });
  fc.assert(property, {seed: 3, numRuns: 3000});
});

test('what JSON.parse has to judge is refused', () => {
  const texts = [
    '{"ts":01}',
    '{"ts":1.}',
    '{"ts":+1}',
    '{"ts":NaN}',
    '{"ts":-Infinity}',
    '{"x":NaN}',
    '{"x":[1,]}',
    '{"x":[1 2]}',
    '{"x":tru}',
    '{"x":"\\x"}',
    '{"x":"\\u12g4"}',
    '{"x":"\n"}',
    '{"name":"a\\nb"}',
    '{"na\\u006de":"b"}',
    '{"ts":1,"ts":2}',
    '{"ts":1,}',
    '{"ts":1',
    '{"ts"',
    '{"ts":[1]}',
    '{"args":7}',
    '{"args":[]}',
    `{"x":${'['.repeat(100)}${']'.repeat(100)}}`,
    "{'ts':1}",
    '[]',
  ];
  for (const text of texts) assert.equal(read(text), undefined, text);
});

test('no text that JSON.parse refuses is read, and none is read otherwise, however it is damaged', () => {
  const event = fc.record(
    {
      ph: fc.string(),
      name: fc.string(),
      ts: fc.oneof(fc.double(), fc.string()),
      args: fc.oneof(fc.dictionary(fc.constantFrom('Bytes', 'Ev Idx', 'x'), fc.jsonValue()), fc.jsonValue()),
      other: fc.jsonValue(),
    },
    {requiredKeys: []},
  );
  const damage = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ \n0-.eE1tx')), {nil: undefined});
  let read_ = 0;
  const property = fc.property(event, damage, fc.constantFrom(undefined, 1), (object, change, indent) => {
    let text = JSON.stringify(object, null, indent);
    if (change) {
      const at = change[0] % text.length;
      text = text.slice(0, at) + change[1] + text.slice(at + 1);
    }
    const found = read(text);
    if (!found) return;
    const whole = new TextDecoder().decode(bytesOf(text).slice(0, found.end));
    assert.deepEqual(found.values, parsed(whole), text);
    read_++;
  });
  fc.assert(property, {seed: 4, numRuns: 5000});
  assert.ok(read_ > 500, `${read_} were read`);
});

interface Scanned {
  readonly elements: readonly unknown[];
  readonly damaged: readonly unknown[];
  readonly error: string | undefined;
}

/** All that a scanner hands on, with a reader or without. */
function scanned(text: string, chunk: number, isTolerant: boolean, reader?: ObjectReader): Scanned {
  const elements: unknown[] = [];
  const damaged: unknown[] = [];
  const scanner = new JsonScanner(
    'test',
    'traceEvents',
    ['ph', 'name'],
    element => {
      const isMemory = element.is(1, bytesOf('[memory]'));
      elements.push([element.text(), element.offset, isMemory, element.startsWith(0, bytesOf('X'))]);
      const values = element.reader && FIELDS.map((_, field) => element.reader!.value(field));
      if (values) assert.deepEqual(values, parsed(element.text()));
    },
    isTolerant ? (element, {message}) => damaged.push([element, message]) : undefined,
    reader,
  );
  const data = bytesOf(text);
  let error: string | undefined;
  try {
    for (let at = 0; at < data.length; at += chunk) scanner.push(data.slice(at, at + chunk));
    scanner.end();
  } catch (thrown) {
    error = String(thrown);
  }
  return {elements, damaged, error};
}

test('a scanner hands on the same with a reader as without, from whole and damaged texts', () => {
  const event = fc.record(
    {
      ph: fc.constantFrom('X', 'i'),
      name: fc.constantFrom('[memory]', 'a"b', 'aten::add'),
      args: fc.jsonValue(),
    },
    {requiredKeys: ['ph']},
  );
  const damage = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ \n0N')), {nil: undefined});
  const property = fc.property(
    fc.array(event, {maxLength: 6}),
    damage,
    fc.integer({min: 1, max: 120}),
    fc.boolean(),
    (events, change, chunk, isTolerant) => {
      let text = JSON.stringify({traceEvents: events, z: 1});
      if (change) {
        const at = change[0] % text.length;
        text = text.slice(0, at) + change[1] + text.slice(at + 1);
      }
      const expected = scanned(text, chunk, isTolerant);
      assert.deepEqual(scanned(text, chunk, isTolerant, new ObjectReader(FIELDS)), expected, text);
    },
  );
  fc.assert(property, {seed: 5, numRuns: 2000});
});

test('a text that is known is decoded once, and equal hashes of different texts are not mixed up', () => {
  // "Aa" and "BB" have the same sum of powers of 31
  const texts = ['Aa', 'BB', 'AaAa', 'BBBB', 'AaBB', 'x'.repeat(300)];
  const reader = new ObjectReader(['name']);
  for (let round = 0; round < 2; round++) {
    for (const text of texts) {
      const bytes = new Uint8Array([...bytesOf(`{"name":"${text}"}`), 0]);
      assert.ok(reader.read(bytes, 0) > 0);
      assert.equal(reader.value(0), text);
    }
  }
});
