/** Models as problems of operators, in another order, and written back. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {onnxWithOrder, tfliteWithOrder} from '../../bindings/artifacts.ts';
import {loadPlanner, orderOperators} from '../../bindings/index.ts';
import {listedOrder, toGraph} from '../../bindings/operators/graph.ts';
import {lifetimesOf} from '../../bindings/operators/lifetimes.ts';
import {importSource, openSource, type ReadProblem, writeOperatorsJson} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {has} from '../requirements.ts';
import {branchyOnnx, branchyTflite} from './models.ts';
import {randomOperators} from './problems.ts';

const planner = await loadPlanner();
const SHARED = new URL('../../../shared/data/', import.meta.url);

async function read(name: string, data: Uint8Array | string, options = {}): Promise<ReadProblem> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const imported = await importSource(await openSource({name, data: bytes}), options);
  assert.equal(imported.kind, 'problem');
  return imported as unknown as ReadProblem;
}

test('a problem of operators is read and written as JSON, in its order and in another', async () => {
  for (let seed = 0; seed < 100; seed++) {
    const problem = randomOperators(seeded(seed), {
      least: 1,
      most: 9,
      inPlace: true,
      views: true,
      after: true,
    });
    const graph = toGraph(problem);
    const text = [...writeOperatorsJson(problem)].join('');
    const again = await read('p.json', text);
    assert.deepEqual(again.operators!(), JSON.parse(JSON.stringify(problem)));
    assert.deepEqual([...again.problem.end], [...lifetimesOf(graph, listedOrder(graph)).columns.end]);
    const {order, plan} = orderOperators(planner, problem);
    const moved = (await read('q.json', [...writeOperatorsJson(problem, order)].join(''))).operators!();
    const listed = orderOperators(planner, moved);
    assert.equal(listed.filePeak, plan.peak, `seed ${seed}`);
  }
});

test('JSON of operators with wrong fields is refused with its place', async () => {
  const refused = (fields: object) =>
    read('p.json', `{"schema":"stowage.problem/1",${JSON.stringify(fields).slice(1)}`);
  await assert.rejects(
    refused({tensors: [{size: 1}], operators: [{inputs: [7], outputs: []}]}),
    /operators\[0\]\.inputs\[0\]: expected the index/,
  );
  await assert.rejects(
    refused({tensors: [], operators: [], buffers: []}),
    /problem: unknown field "buffers"/,
  );
  await assert.rejects(refused({operators: []}), /tensors: expected an array/);
});

test('the operators of every model have the lifetimes of its buffers', async t => {
  if (!has(t, 'shared')) return;
  let models = 0;
  for (const folder of ['onnx', 'tflite']) {
    for (const name of readdirSync(new URL(`models/${folder}/`, SHARED))) {
      if (!/\.(onnx|tflite)$/.test(name)) continue;
      const file = readFileSync(new URL(`models/${folder}/${name}`, SHARED));
      const {problem, operators} = await read(name, file, {dims: {}}).catch(error => {
        t.diagnostic(`${name}: ${error.message}`);
        return {} as ReadProblem;
      });
      if (!operators) continue;
      models++;
      const graph = toGraph(operators());
      const {columns} = lifetimesOf(graph, listedOrder(graph));
      const shift = folder === 'tflite' ? 1 : 0;
      assert.equal(columns.count, problem.count, name);
      for (let i = 0; i < columns.count; i++) {
        assert.equal(columns.size[i], problem.size[i]);
        if (columns.start[i] === columns.end[i]) continue;
        assert.equal(columns.end[i]! + shift, problem.end[i], `${name}: buffer ${i}`);
        assert.equal(
          columns.start[i]! + (graph.writer[i]! < 0 ? 0 : shift),
          problem.start[i],
          `${name}: buffer ${i}`,
        );
      }
      const {isListed, status} = orderOperators(planner, operators(), {plan: {nodeLimit: 100_000}});
      assert.deepEqual([name, isListed, status], [name, true, 'optimal']);
    }
  }
  assert.ok(models >= 10, `${models} models`);
});

test('a TensorFlow Lite model is written in another order: same length, other slots only, and plans as promised', async () => {
  const file = branchyTflite();
  const {operators, problem} = await read('branchy.tflite', file);
  const {order, plan, filePeak, status} = orderOperators(planner, operators!());
  assert.equal(planner.plan(problem).peak, filePeak);
  assert.deepEqual([filePeak > 2 * plan.peak, status], [true, 'optimal']);
  const {bytes, warnings} = await tfliteWithOrder(file, order);
  assert.equal(bytes.length, file.length);
  assert.deepEqual(warnings, []);
  assert.equal(planner.plan((await read('again.tflite', bytes)).problem).peak, plan.peak);
  const back = Uint32Array.from(order, (_, v) => order.indexOf(v));
  assert.deepEqual((await tfliteWithOrder(bytes, back)).bytes, Uint8Array.from(file));
  await assert.rejects(tfliteWithOrder(file, [0, 0]), /order: expected each of the \d+ operators/);
});

test('an ONNX model is written in another order: same length, and plans as promised', async () => {
  const file = branchyOnnx();
  const {operators, problem} = await read('br.onnx', file);
  const {order, plan, filePeak} = orderOperators(planner, operators!());
  assert.equal(planner.plan(problem).peak, filePeak);
  assert.ok(plan.peak < filePeak / 2);
  const bytes = await onnxWithOrder(file, order);
  assert.equal(bytes.length, file.length);
  const again = await read('again.onnx', bytes);
  assert.equal(planner.plan(again.problem).peak, plan.peak);
  assert.deepEqual(await onnxWithOrder(file, Uint32Array.from(order).sort()), Uint8Array.from(file));
  await assert.rejects(onnxWithOrder(file, [0, 0]), /order: expected each of the \d+ operators/);
});
