/** Graphs of operators: what is refused, with its place, and the buffers that an order makes. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {OperatorProblem} from '../../bindings/model/operators.ts';
import {checkOrder, listedOrder, toGraph} from '../../bindings/operators/graph.ts';
import {lifetimesOf, loadOf} from '../../bindings/operators/lifetimes.ts';
import {listOf} from '../../bindings/operators/lists.ts';
import {seeded} from '../random.ts';
import {loadOfOrder} from './oracle.ts';
import {randomOperators} from './problems.ts';

const CHAIN: OperatorProblem = {
  tensors: [
    {id: 'x', size: 8},
    {id: 'a', size: 16},
    {id: 'flat', size: 16, viewOf: 'a'},
    {id: 'y', size: 4, output: true},
  ],
  operators: [
    {id: 'conv', inputs: ['x'], outputs: ['a']},
    {id: 'flatten', inputs: ['a'], outputs: ['flat']},
    {id: 'fc', inputs: ['flat'], outputs: ['y'], inPlace: ['flat']},
  ],
};

test('a graph joins views to storages and has readers and edges', () => {
  const graph = toGraph(CHAIN);
  assert.equal(graph.storages, 3);
  assert.deepEqual([...graph.storageOf], [0, 1, 1, 2]);
  assert.deepEqual([...graph.tensorOf], [0, 1, 3]);
  assert.deepEqual([...graph.writer], [-1, 0, 2]);
  assert.deepEqual([...listOf(graph.readers, 1)], [1, 2]);
  assert.deepEqual([...listOf(graph.before, 2)], [1]);
  assert.deepEqual([...listOf(graph.next, 0)], [1]);
  assert.deepEqual([...listOf(graph.inPlace, 2)], [1]);
});

test('an order makes lifetimes, in-place pairs and a load', () => {
  const graph = toGraph(CHAIN);
  const {columns, bufferOf} = lifetimesOf(graph, [0, 1, 2]);
  assert.deepEqual([...columns.start], [0, 0, 2]);
  assert.deepEqual([...columns.end], [1, 3, 3]);
  assert.deepEqual(columns.ids, ['x', 'a', 'y']);
  assert.deepEqual(columns.constraints?.inPlace, [{input: 1, output: 2}]);
  assert.deepEqual([...bufferOf], [0, 1, 1, 2]);
  assert.equal(loadOf(graph, [0, 1, 2]), 24);
});

test('the load of an order is that of 400 problems stated by people', () => {
  for (let seed = 0; seed < 400; seed++) {
    const problem = randomOperators(seeded(seed), {
      least: 1,
      most: 9,
      inPlace: seed % 3 === 0,
      views: seed % 2 === 0,
      after: true,
    });
    const graph = toGraph(problem);
    const order = listedOrder(graph);
    assert.equal(
      loadOf(graph, order),
      loadOfOrder(problem, order),
      `seed ${seed}: ${JSON.stringify(problem)}`,
    );
  }
});

test('without operators, outputs are there', () => {
  const graph = toGraph({tensors: [{size: 5, output: true}, {size: 7}], operators: []});
  assert.equal(loadOf(graph, []), 5);
  assert.deepEqual([...lifetimesOf(graph, []).columns.end], [1, 0]);
});

const REFUSED: readonly (readonly [what: string, problem: unknown, message: RegExp])[] = [
  ['a field', {tensors: [], operators: [], buffers: []}, /^problem: unknown field "buffers"$/],
  ['no list', {tensors: {}, operators: []}, /^tensors: expected an array/],
  [
    'a size',
    {tensors: [{size: -1}], operators: []},
    /^tensors\[0\]\.size: expected an integer number of bytes/,
  ],
  [
    'a name',
    {tensors: [{size: 1, id: 'a,b'}], operators: []},
    /^tensors\[0\]\.id: expected a name without commas/,
  ],
  [
    'an output',
    {tensors: [{size: 1, output: 1}], operators: []},
    /^tensors\[0\]\.output: expected true or false/,
  ],
  [
    'an alignment',
    {tensors: [{size: 1, alignment: 3}], operators: []},
    /^tensors\[0\]\.alignment: expected a power of two/,
  ],
  [
    'an index',
    {tensors: [{size: 1}], operators: [{inputs: [1], outputs: []}]},
    /^operators\[0\]\.inputs\[0\]: expected the index of a tensor from 0 to 0, got 1$/,
  ],
  [
    'an id',
    {tensors: [{size: 1}], operators: [{inputs: ['q'], outputs: []}]},
    /^operators\[0\]\.inputs\[0\]: no tensor has the id "q"$/,
  ],
  [
    'an id twice',
    {
      tensors: [
        {size: 1, id: 'a'},
        {size: 1, id: 'a'},
      ],
      operators: [{inputs: ['a'], outputs: []}],
    },
    /several tensors have the id "a"$/,
  ],
  [
    'two writers',
    {
      tensors: [{size: 1}],
      operators: [
        {inputs: [], outputs: [0]},
        {inputs: [], outputs: [0]},
      ],
    },
    /^operators\[1\]\.outputs\[0\]: tensor 0 is written by operators\[0\] already$/,
  ],
  [
    'a tensor from later',
    {
      tensors: [{size: 1}, {size: 1}],
      operators: [
        {inputs: [0], outputs: [1]},
        {inputs: [], outputs: [0]},
      ],
    },
    /^operators\[0\]\.inputs\[0\]: operator 1, which writes tensor 0, is listed later/,
  ],
  [
    'a circle',
    {
      tensors: [{size: 1}, {size: 1}],
      operators: [
        {inputs: [0], outputs: [1]},
        {inputs: [1], outputs: [0]},
      ],
    },
    /^operators\[0\]\.inputs\[0\]: operators 0 and 1 wait for each other/,
  ],
  [
    'its own output',
    {tensors: [{size: 1}], operators: [{inputs: [0], outputs: [0]}]},
    /^operators\[0\]\.inputs\[0\]: operator 0 waits for itself$/,
  ],
  [
    'after later',
    {
      tensors: [],
      operators: [
        {id: 'u', inputs: [], outputs: [], after: ['w']},
        {id: 'w', inputs: [], outputs: []},
      ],
    },
    /^operators\[0\]\.after\[0\]: operator w, which u must follow, is listed later/,
  ],
  [
    'after itself',
    {tensors: [], operators: [{inputs: [], outputs: [], after: [0]}]},
    /^operators\[0\]\.after\[0\]: operator 0 waits for itself$/,
  ],
  [
    'a view of a view of itself',
    {
      tensors: [
        {size: 1, viewOf: 1},
        {size: 1, viewOf: 0},
      ],
      operators: [],
    },
    /is a view of itself$/,
  ],
  [
    'a view that is larger',
    {tensors: [{size: 1}, {size: 2, viewOf: 0}], operators: []},
    /^tensors\[1\]\.size: expected at most the 1 bytes of tensor 0/,
  ],
  [
    'a view of a tensor from later',
    {
      tensors: [{size: 1}, {size: 1, viewOf: 0}],
      operators: [
        {inputs: [], outputs: [1]},
        {inputs: [], outputs: [0]},
      ],
    },
    /^operators\[0\]\.outputs\[0\]: operator 1, which writes tensor 0, of which 1 is a view, is listed later/,
  ],
  [
    'in place of no input',
    {tensors: [{size: 1}, {size: 1}], operators: [{inputs: [], outputs: [1], inPlace: [0]}]},
    /^operators\[0\]\.inPlace\[0\]: expected an input of the operator, got tensor 0$/,
  ],
  [
    'in place without output',
    {tensors: [{size: 1}], operators: [{inputs: [0], outputs: [], inPlace: [0]}]},
    /^operators\[0\]\.inPlace: expected an operator with an output/,
  ],
  [
    'a cost',
    {tensors: [], operators: [{inputs: [], outputs: [], cost: 0.5}]},
    /^operators\[0\]\.cost: expected an integer from 0/,
  ],
  [
    'too many bytes',
    {tensors: [{size: 2 ** 53 - 1}, {size: 1}], operators: []},
    /^tensors: together more than 2\^53 - 1 bytes/,
  ],
];

for (const [what, problem, message] of REFUSED) {
  test(`a graph refuses ${what}, with its place`, () => {
    assert.throws(() => toGraph(problem as OperatorProblem), {message});
  });
}

test('an order that misses, repeats or misplaces an operator is refused', () => {
  const graph = toGraph(CHAIN);
  assert.throws(() => checkOrder(graph, [0, 1]), /^UsageError: order: expected 3 operators, got 2$/);
  assert.throws(
    () => checkOrder(graph, [0, 0, 1]),
    /^UsageError: order\[1\]: expected an operator that is not there yet/,
  );
  assert.throws(
    () => checkOrder(graph, [1, 0, 2]),
    /^UsageError: order\[0\]: operator flatten must run after operator conv$/,
  );
  checkOrder(graph, [0, 1, 2]);
});
