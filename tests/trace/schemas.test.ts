/** The JSON Schemas of docs/ against what is written and what is read. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv2020, type ValidateFunction} from 'ajv/dist/2020.js';
import {
  ImportError,
  importFile,
  openSource,
  readPlanJson,
  readProblemJson,
  writeEventLog,
  writeProblemJson,
} from '../../bindings/trace.ts';
import {newFolder, stowage} from '../cli/stowage.ts';
import {example, fixture, importTrace} from './inputs.ts';

type Json = Readonly<Record<string, unknown>>;

function schemaOf(name: string): Json {
  return JSON.parse(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8'));
}

const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
const isEvent = ajv.compile(schemaOf('event-log.schema.json'));
const isPlan = ajv.compile(schemaOf('plan.schema.json'));

function assertValid(validate: ValidateFunction, value: unknown): void {
  assert.ok(validate(value), `${JSON.stringify(value).slice(0, 300)}: ${ajv.errorsText(validate.errors)}`);
}

const linesOf = (text: string): string[] => text.split('\n').filter(line => line.trim() !== '');

test('every line of an event log that is read or written fits the schema', async () => {
  const texts = ['event-log/readme.jsonl', 'event-log/everything.jsonl', 'event-log/streams.jsonl'].map(
    name => new TextDecoder().decode(fixture(name)),
  );
  for (const data of [
    example('mobilenet_v2.inference.json.gz'),
    fixture('kineto/small.json'),
    fixture('singa/mutable.txt'),
  ])
    texts.push([...writeEventLog(await importTrace(data))].join(''));
  for (const text of texts) for (const line of linesOf(text)) assertValid(isEvent, JSON.parse(line));
});

test('the schema refuses event logs that the reader refuses', async () => {
  const header = {schema: 'stowage.events/1'};
  const malloc = {event: 'malloc', address: 1, size: 2};
  const bad: Json[] = [
    {event: 'malloc', address: 1},
    {event: 'malloc', size: 1},
    {...malloc, size: 1.5},
    {...malloc, size: -1},
    {...malloc, size: '1'},
    {...malloc, address: -1},
    {...malloc, address: '0xg'},
    {...malloc, time: 'now'},
    {event: 'record', fence: 1},
    {event: 'record', stream: 1},
    {event: 'wait', stream: 1},
    {event: 'wait', fence: -1},
    {event: 'sync', stream: '0xg'},
    {...malloc, device: 3},
    {event: 'annotation', name: 'a', start: 1},
    {event: 'iteration', number: -1},
    {event: 'realloc', address: 1},
    {},
  ];
  for (const line of bad) {
    const text = `${JSON.stringify(header)}\n${JSON.stringify(line)}\n`;
    await assert.rejects(importTrace(text), ImportError, text);
    assert.equal(isEvent(line), false, text);
  }
  for (const line of [{schema: 'stowage.events/2'}, {...header, alignment: 0}, {...header, warnings: 'a'}]) {
    await assert.rejects(importTrace(`${JSON.stringify(line)}\n`), ImportError);
    assert.equal(isEvent(line), false, JSON.stringify(line));
  }
});

/** Keys of a value that the schema does not name. */
function unlisted(value: unknown, schema: Json, root: Json, path = ''): string[] {
  const {$ref, properties, items, anyOf} = schema as {
    $ref?: string;
    properties?: Json;
    items?: Json;
    anyOf?: Json[];
  };
  if ($ref)
    return unlisted(value, (root.$defs as Record<string, Json>)[$ref.replace('#/$defs/', '')]!, root, path);
  if (anyOf || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return value.slice(0, 20).flatMap(one => unlisted(one, items ?? {}, root, `${path}[]`));
  return Object.entries(value).flatMap(([key, one]) =>
    properties?.[key] ? unlisted(one, properties[key] as Json, root, `${path}.${key}`) : [`${path}.${key}`],
  );
}

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

test('every plan that the command line writes fits the schema, which names all of its fields', async () => {
  const cases = [
    ['five.csv', '--explain', '2'],
    ['five.csv', '--capacity', '1', '--no-offsets'],
    ['mobilenet_v2.inference.json.gz', '--explain', '3', '--node-limit', '2000'],
    [join(FIXTURES, 'xla', 'small.txt')],
    [join(FIXTURES, 'tflite', 'small.tflite')],
    [join(FIXTURES, 'tflite', 'small.tflite'), '--drop-own-plan', '--explain'],
    [join(FIXTURES, 'onnx', 'small.onnx'), '--in-place'],
    [join(FIXTURES, 'problem-json', 'everything.json')],
    ['five.csv', '--pool', 'sram=100', '--pool', 'dram=200'],
    ['five.csv', '--capacity', '5KiB', '--advise'],
  ];
  for (const args of cases) {
    const {stdout, stderr} = stowage(['plan', ...args, '--json']);
    assert.notEqual(stdout, '', stderr);
    const plan = JSON.parse(stdout);
    assertValid(isPlan, plan);
    assert.deepEqual(unlisted(plan, schemaOf('plan.schema.json'), schemaOf('plan.schema.json')), []);
  }
});

test('the output of inspect fits its schema, for traces and for problems', () => {
  const isInspection = ajv.compile(schemaOf('inspect.schema.json'));
  for (const args of [
    ['five.csv'],
    ['resnet50.training.json.gz'],
    [join(FIXTURES, 'event-log', 'everything.jsonl'), '--swap-limit', '1'],
    [join(FIXTURES, 'singa', 'mutable.txt'), '--swap-limit', '1GiB', '--outlier-time', '1ms'],
  ]) {
    const {stdout, stderr} = stowage(['inspect', ...args, '--json']);
    assert.notEqual(stdout, '', stderr);
    const told = JSON.parse(stdout);
    assertValid(isInspection, told);
    assert.equal(isInspection({...told, schema: 'stowage.inspect/2'}), false);
    if (told.devices) assert.equal(isInspection({...told, devices: [{}]}), false);
  }
});

test('the schema takes and refuses the same problems as the reader', async () => {
  const isProblem = ajv.compile(schemaOf('problem.schema.json'));
  const buffers = [
    {size: 4, start: 0, end: 1, id: 'a'},
    {size: 4, start: 0, end: 1},
  ];
  const read = async (problem: unknown) =>
    readProblemJson(await openSource({name: 'p', data: new TextEncoder().encode(JSON.stringify(problem))}));
  const sound: Json = {schema: 'stowage.problem/1', buffers};
  const everything = JSON.parse(new TextDecoder().decode(fixture('problem-json/everything.json')));
  for (const problem of [
    sound,
    everything,
    JSON.parse([...writeProblemJson((await read(everything)).problem)].join('')),
    {...sound, capacity: 8, share: [], inPlace: [{input: 'a', output: 1}]},
  ]) {
    assertValid(isProblem, problem);
    await read(problem);
  }
  const pool = {name: 'x'};
  const bad: Json[] = [
    {...sound, schema: 'stowage.problem/2'},
    {schema: 'stowage.problem/1'},
    {...sound, colour: 'red'},
    {...sound, capacity: -1},
    {...sound, buffers: [{size: 1.5, start: 0, end: 1}]},
    {...sound, buffers: [{size: 1, start: 0}]},
    {...sound, buffers: [{size: 1, start: 0, end: 1, id: 'a,b'}]},
    {...sound, buffers: [{size: 1, start: 0, end: 1, gaps: [[1]]}]},
    {...sound, buffers: [{size: 1, start: 0, end: 1, hint: 'low'}]},
    {...sound, buffers: [{size: 1, start: 0, end: 1, alignment: 0}]},
    {...sound, buffers: [{size: 1, start: 0, end: 1, accesses: 0.5}]},
    {...sound, pools: []},
    {...sound, pools: {}},
    {...sound, pools: [{...pool, name: 'a b'}]},
    {...sound, pools: [{...pool, repeated: 1}]},
    {...sound, pools: [{...pool, speed: 1}]},
    {...sound, share: [['a']]},
    {...sound, share: [[null, 1]]},
    {...sound, views: [{buffer: 0, of: 1}]},
    {...sound, separate: [[0, 1, 0]]},
    {...sound, scopes: [{reads: 0}]},
    {...sound, adjacent: 3},
  ];
  for (const problem of bad) {
    assert.equal(isProblem(problem), false, JSON.stringify(problem));
    await assert.rejects(read(problem), ImportError, JSON.stringify(problem));
  }
});

test('a plan goes round: written, read, verified', async () => {
  const folder = newFolder();
  const file = join(folder, 'plan.json');
  const model = join(FIXTURES, 'xla', 'small.txt');
  assert.equal(stowage(['plan', model, '-o', file]).status, 0);
  const text = readFileSync(file, 'utf8');
  const {offsets, source} = await readPlanJson(
    await openSource({name: file, data: new TextEncoder().encode(text)}),
  );
  assert.deepEqual([...offsets], JSON.parse(text).offsets);
  assert.deepEqual(source, JSON.parse(text).source);
  const {status, stdout} = stowage(['verify', model, file]);
  assert.deepEqual([status, stdout], [0, 'valid: 5 buffers, peak 456 B\n']);
  await assert.rejects(
    importFile({name: file, data: new TextEncoder().encode(text)}),
    /a plan, not a problem/,
  );
  writeFileSync(file, text.replace('"schema":"stowage.plan/1"', '"schema":"stowage.plan/2"'));
  assert.equal(stowage(['verify', model, file]).status, 3);
});

test('the schema refuses plans that the reader refuses', async () => {
  const source = {file: 'a', format: 'csv', iteration: null, lifetimes: null, device: null};
  const {stdout} = stowage(['plan', 'five.csv', '--json']);
  const sound = JSON.parse(stdout) as Json;
  const read = async (plan: unknown) =>
    readPlanJson(await openSource({name: 'plan', data: new TextEncoder().encode(JSON.stringify(plan))}));
  assertValid(isPlan, sound);
  await read(sound);
  const bad = [
    {...sound, schema: 'stowage.plan/2'},
    {...sound, offsets: [0, 1.5]},
    {...sound, offsets: [0, -1]},
    {...sound, offsets: 'none'},
    {...sound, source: {...source, iteration: 1.5}},
    {...sound, source: {...source, lifetimes: 'round'}},
    {...sound, source: {...source, file: 1}},
    {...sound, source: null},
    {...sound, arenas: [{pool: 0}], arenaOf: sound.offsets},
    {...sound, arenas: 1, arenaOf: []},
    [],
  ];
  for (const plan of bad) {
    assert.equal(isPlan(plan), false, JSON.stringify(plan).slice(0, 200));
    await assert.rejects(read(plan), ImportError);
  }
});
