/** The reader of lists of changes: what it takes, what it refuses with which place, and garbage. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import fc from 'fast-check';
import {
  type ChangeList,
  checkChanges,
  describeChange,
  parseChanges,
  parseQuickChange,
  UsageError,
  writeChanges,
} from '../../bindings/index.ts';

const validate = new Ajv2020({allErrors: true, allowUnionTypes: true}).compile(
  JSON.parse(readFileSync(new URL('../../docs/changes.schema.json', import.meta.url), 'utf8')),
);

const LIST: ChangeList = {
  name: 'half of all',
  options: {alignment: 512, dims: {N: 4}, hold: 2},
  changes: [
    {kind: 'scale', factor: '1/2', of: 'batch'},
    {kind: 'checkpoint', of: {frame: 'model.py attention'}},
    {kind: 'dtype', of: {type: 'float32', atLeast: 4096}},
    {kind: 'offload', of: {category: ['optimizer-state']}, stays: 1024},
    {kind: 'half', of: {buffer: 'b1'}, off: true},
    {kind: 'ends-earlier', of: {buffer: 'b2'}, at: 12},
  ],
};

test('a list comes back as it was written, and fits its schema', () => {
  const text = writeChanges(LIST);
  assert.deepEqual(parseChanges(text), LIST);
  assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors));
  assert.deepEqual(LIST.changes.map(describeChange), [
    'batch × 1/2',
    'checkpoint model.py attention',
    'elements of float32, from 4 KiB halved',
    'optimizer-state off, 1 KiB stay',
    'b1 half as large',
    'b2 freed at 12',
  ]);
});

const REFUSED: readonly (readonly [value: unknown, message: RegExp])[] = [
  [[], /^changes: expected an object/],
  [
    {schema: 'stowage.changes/2', changes: []},
    /^changes\.schema: expected "stowage\.changes\/1", got "stowage\.changes\/2"/,
  ],
  [{changes: [], more: 1}, /^changes: unknown field "more"/],
  [{changes: {}}, /^changes\.changes: expected an array/],
  [{changes: [{kind: 'grow', of: 'batch'}]}, /^changes\[0\]\.kind: expected one of scale,.* got "grow"/],
  [{changes: [{kind: 'gone', of: 'all'}]}, /^changes\[0\]\.of: expected "batch" or an object, got "all"/],
  [{changes: [{kind: 'gone', of: {}}]}, /^changes\[0\]\.of: .*nothing is selected by nothing/],
  [
    {
      changes: [
        {kind: 'gone', of: 'batch'},
        {kind: 'scale', of: 'batch'},
      ],
    },
    /^changes\[1\]\.factor: expected a factor/,
  ],
  [{changes: [{kind: 'scale', factor: -1, of: 'batch'}]}, /^changes\[0\]\.factor: .*got -1/],
  [{changes: [{kind: 'scale', factor: '1/0', of: 'batch'}]}, /^changes\[0\]\.factor: .*got "1\/0"/],
  [
    {changes: [{kind: 'gone', of: {category: 'cats'}}]},
    /^changes\[0\]\.of\.category: expected one of weights/,
  ],
  [{changes: [{kind: 'gone', of: {words: ' '}}]}, /^changes\[0\]\.of\.words: expected a text/],
  [
    {changes: [{kind: 'gone', of: {atLeast: 1.5}}]},
    /^changes\[0\]\.of\.atLeast: expected an integer number of bytes/,
  ],
  [{changes: [{kind: 'half', of: 'batch', stays: 1}]}, /^changes\[0\]: unknown field "stays"/],
  [
    {changes: [{kind: 'ends-earlier', of: 'batch'}]},
    /^changes\[0\]\.at: expected an integer from 0, got undefined/,
  ],
  [{changes: [{kind: 'gone', of: 'batch', off: 1}]}, /^changes\[0\]\.off: expected true or false/],
  [{options: {alignment: 3}, changes: []}, /^changes\.options\.alignment: expected a power of two/],
  [{options: {dims: {N: 'x'}}, changes: []}, /^changes\.options\.dims\.N: expected an integer/],
];

test('what is wrong is named by its place', () => {
  for (const [value, message] of REFUSED) {
    const full = Array.isArray(value) ? value : {schema: 'stowage.changes/1', ...(value as object)};
    assert.throws(
      () => parseChanges(JSON.stringify(full)),
      (error: Error) => error instanceof UsageError && message.test(error.message),
      JSON.stringify(value),
    );
  }
  assert.throws(() => parseChanges('{'), /^UsageError: changes: not JSON/);
  assert.throws(() => parseChanges(' '.repeat(2 ** 20 + 1)), /at most 1048576 characters/);
});

test('one category needs no list, and a number is a factor', () => {
  const list = parseChanges(
    '{"schema":"stowage.changes/1","changes":[{"kind":"scale","factor":0.5,"of":{"category":"weights"}}]}',
  );
  assert.deepEqual(list.changes, [{kind: 'scale', factor: '0.5', of: {category: ['weights']}}]);
});

test('a name of the prototype is a name', () => {
  const list = parseChanges('{"schema":"stowage.changes/1","options":{"dims":{"__proto__":4}},"changes":[]}');
  assert.deepEqual(Object.entries(list.options!.dims!), [['__proto__', 4]]);
  assert.throws(
    () => parseChanges('{"schema":"stowage.changes/1","changes":[{"kind":"constructor","of":"batch"}]}'),
    /changes\[0\]\.kind/,
  );
});

test('quick forms are changes, and others are refused', () => {
  assert.deepEqual(
    [
      'batch*0.5',
      'gradients*1/2',
      'checkpoint:aten::linear',
      'checkpoint:m.py f',
      'checkpoint:L1',
      'dtype:float32',
      'dtype:gradients',
      'off:optimizer-state',
    ].map(parseQuickChange),
    [
      {kind: 'scale', factor: '0.5', of: 'batch'},
      {kind: 'scale', factor: '1/2', of: {category: ['gradients']}},
      {kind: 'checkpoint', of: {operation: 'aten::linear'}},
      {kind: 'checkpoint', of: {frame: 'm.py f'}},
      {kind: 'checkpoint', of: {module: 'L1'}},
      {kind: 'dtype', of: {type: 'float32'}},
      {kind: 'dtype', of: {category: ['gradients']}},
      {kind: 'offload', of: {category: ['optimizer-state']}},
    ],
  );
  for (const text of [
    '',
    '*',
    ':',
    'batch*',
    'batch*-1',
    'cats*2',
    'off:cats',
    'checkpoint:',
    'gone:b1',
    'batch',
  ])
    assert.throws(() => parseQuickChange(text), UsageError, text);
});

test('garbage is refused with a message, and never with anything else', () => {
  const key = fc.constantFrom(
    'kind',
    'of',
    'factor',
    'off',
    'at',
    'stays',
    'category',
    'words',
    'buffer',
    'x',
  );
  const leaf = fc.oneof(
    fc.constantFrom('scale', 'gone', 'batch', '1/2', 'weights', '__proto__'),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.string(),
  );
  const {tree} = fc.letrec(tie => ({
    tree: fc.oneof(
      {maxDepth: 4},
      leaf,
      fc.array(tie('tree'), {maxLength: 4}),
      fc.dictionary(key, tie('tree')),
    ),
  }));
  const list = fc.record({
    schema: fc.constant('stowage.changes/1'),
    changes: fc.array(fc.dictionary(key, tree)),
  });
  fc.assert(
    fc.property(fc.oneof(tree, list), value => {
      try {
        const read = checkChanges(value);
        assert.deepEqual(parseChanges(writeChanges(read)), read);
      } catch (error) {
        assert.ok(error instanceof UsageError && error.message.startsWith('changes'), String(error));
      }
    }),
    {seed: 20261130, numRuns: 5000},
  );
  fc.assert(
    fc.property(fc.string({maxLength: 200}), text => {
      assert.throws(() => parseChanges(text), UsageError);
    }),
    {seed: 20261130, numRuns: 2000},
  );
});
