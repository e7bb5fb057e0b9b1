/** The meaning of a memory snapshot's entries. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  allocationFrames,
  CUDA_ACTIONS,
  chooseDevice,
  findIterations,
  ImportError,
  maxLoad,
  memoryEvents,
  NONE,
  stepProblem,
} from '../../bindings/trace.ts';
import {fixture, importBytes, importTrace, sharedData} from './inputs.ts';
import {type Pickled, pickle, Tuple} from './pickle.ts';
import {
  BASE,
  block,
  entry,
  everything,
  freed,
  resetClock,
  SNAPSHOT_FIXTURES,
  segment,
  snapshot,
  stackOf,
} from './snapshots.ts';

test('the fixtures are current: the writer of pickles writes the same', () => {
  for (const [name, make] of Object.entries(SNAPSHOT_FIXTURES)) {
    assert.deepEqual(fixture(`cuda-snapshot/${name}`), make(), name);
  }
});

test('a block ends where its free completed, not where it was requested', async () => {
  const trace = await importTrace(
    pickle(
      snapshot([
        [
          entry('alloc', BASE, 512, {time_us: 1}),
          entry('free_requested', BASE, 512, {time_us: 2}),
          entry('alloc', BASE + 512, 512, {time_us: 3}),
          entry('free_completed', BASE, 512, {time_us: 4}),
        ],
      ]),
    ),
  );
  const {events, blocks, warnings, cuda} = trace;
  assert.equal(events.time[blocks.freeEvent[0]!], 4);
  // it was requested before the event of the second allocation
  assert.deepEqual([...blocks.waitedFrom], [1, NONE]);
  assert.deepEqual(cuda!.devices[0]!.waitingFrees, {count: 1, bytes: 512});
  assert.deepEqual(warnings, []);
});

/** A free whose two entries have these stacks; `alloc` beside them, where it is not null. */
async function freeOf(requested: string, completed: string, between: boolean) {
  const frames = (name: string) => ({frames: [{filename: 'a.py', name, line: 1}]});
  return importTrace(
    pickle(
      snapshot([
        [
          entry('alloc', BASE, 512, frames('alloc')),
          entry('free_requested', BASE, 512, frames(requested)),
          ...(between ? [entry('alloc', BASE + 512, 512, frames('alloc'))] : []),
          entry('free_completed', BASE, 512, frames(completed)),
        ],
      ]),
    ),
  );
}

test('a free waited where its entries have different stacks, or others of the device between them', async () => {
  const cases = [
    ['free', 'free', false, NONE],
    ['free', 'next malloc', false, 1],
    ['free', 'free', true, 1],
  ] as const;
  for (const [requested, completed, between, from] of cases) {
    const {blocks} = await freeOf(requested, completed, between);
    assert.equal(blocks.waitedFrom[0], from, `${requested} ${completed} ${between}`);
  }
});

test('entries of another device between the two of a free are no wait', async () => {
  const times = (...each: number[]) => each.map(time_us => ({time_us}));
  const of = ([a, b, c]: {time_us: number}[]) => [
    entry('alloc', BASE, 512, a),
    entry('free_requested', BASE, 512, b),
    entry('free_completed', BASE, 512, c),
  ];
  const {blocks, cuda} = await importTrace(pickle(snapshot([of(times(1, 3, 5)), of(times(2, 4, 6))])));
  assert.deepEqual([...blocks.waitedFrom], [NONE, NONE]);
  assert.deepEqual(
    cuda!.devices.map(({waitingFrees}) => waitingFrees.count),
    [0, 0],
  );
});

test('a free that still waits at the end counts, and holds its bytes', async () => {
  const {cuda} = await importTrace(
    pickle(
      snapshot([
        [
          entry('alloc', BASE, 512),
          entry('free_requested', BASE, 512),
          entry('alloc', BASE + 1024, 256),
          ...freed(BASE + 1024, 256),
        ],
      ]),
    ),
  );
  assert.deepEqual(cuda!.devices[0]!.waitingFrees, {count: 1, bytes: 512});
});

test('without pools of entries, those of the segments at the end count', async () => {
  const graph = {...segment(0, BASE, [block(2048, 'inactive')]), segment_pool_id: new Tuple(0, 7)};
  const entries = [entry('alloc', BASE, 512), ...freed(BASE, 512), entry('alloc', BASE + 4096, 512)];
  const {blocks, cuda} = await importTrace(pickle(snapshot([entries], [graph])));
  assert.deepEqual([...blocks.pool], [cuda!.pools.findIndex(([, id]) => id === 7), 0]);
  assert.equal(cuda!.arePoolsInferred, true);
});

test('where no free completed, requested ones count; where none was requested, completed ones do', async () => {
  for (const action of ['free_requested', 'free_completed']) {
    const trace = await importTrace(pickle(snapshot([[entry('alloc', BASE, 8), entry(action, BASE, 8)]])));
    assert.equal(trace.blocks.freeEvent[0], 1);
    assert.deepEqual(trace.warnings, []);
  }
});

test('a free that was requested and never completed leaves the block live', async () => {
  const trace = await importTrace(
    pickle(
      snapshot(
        [
          [
            entry('alloc', BASE, 8),
            entry('free_requested', BASE, 8),
            entry('alloc', BASE + 512, 8),
            ...freed(BASE + 512, 8),
          ],
        ],
        [segment(0, BASE, [block(512, 'active_pending_free', 8)])],
      ),
    ),
  );
  assert.equal(trace.blocks.freeEvent[0], NONE);
  assert.deepEqual(trace.cuda?.devices[0]?.persistent, {count: 0, bytes: 0});
});

test('devices are distinguished, and in order of their numbers', async () => {
  const trace = await importTrace(
    pickle(
      snapshot(
        [[], [], [entry('alloc', BASE, 100)], [entry('alloc', BASE, 300), ...freed(BASE, 300)]],
        [segment(1, BASE, [block(1024, 'active_allocated')])],
      ),
    ),
  );
  assert.deepEqual(
    trace.devices.map(({name, alignment}) => [name, alignment]),
    [
      ['cuda:1', 512],
      ['cuda:2', 512],
      ['cuda:3', 512],
    ],
  );
  assert.deepEqual([...trace.blocks.device], [1, 2]);
  assert.deepEqual(
    trace.cuda?.devices.map(({ordinal, persistent}) => [ordinal, persistent.bytes]),
    [
      [1, 1024],
      [2, 0],
      [3, 0],
    ],
  );
});

test('persistent blocks are no blocks of the trace, and no buffers of a step', async () => {
  const trace = await importTrace(
    pickle(
      snapshot(
        [[entry('alloc', BASE, 700), ...freed(BASE, 700)]],
        [segment(0, BASE, [block(1024, 'inactive'), block(4096, 'active_allocated', 4000)])],
      ),
    ),
  );
  assert.equal(trace.blocks.count, 1);
  const step = stepProblem(trace);
  assert.equal(step.problem.count, 1);
  assert.deepEqual(step.persistent, {count: 1, bytes: 4096});
  assert.equal(step.problem.defaultAlignment, 512);
  assert.equal(step.problem.size[0], 700);
});

test('reserved bytes are taken back from the end', async () => {
  const trace = await importTrace(
    pickle(
      snapshot(
        [
          [
            entry('segment_alloc', BASE, 2 << 20),
            entry('segment_map', BASE + (4 << 20), 20 << 20),
            entry('alloc', BASE, 8),
            entry('segment_unmap', BASE + (4 << 20), 20 << 20),
            entry('segment_free', BASE + (8 << 20), 1 << 20),
          ],
        ],
        [segment(0, BASE, [block(2 << 20, 'inactive')])],
      ),
    ),
  );
  assert.deepEqual(trace.cuda?.devices[0]?.reserved, {start: 1 << 20, most: 23 << 20, end: 2 << 20});
  assert.deepEqual(
    [...trace.cuda.entries.action].map(action => CUDA_ACTIONS[action]),
    ['segment_alloc', 'segment_map', 'alloc', 'segment_unmap', 'segment_free'],
  );
});

test('a full ring buffer is suspected where the count is round and something was there before', async () => {
  const many = (count: number) => Array.from({length: count / 2}, (_, i) => freed(BASE + i * 512, 8)).flat();
  const full = await importTrace(pickle(snapshot([many(1000)])));
  assert.equal(full.cuda?.devices[0]?.isTruncated, true);
  assert.ok(
    full.warnings.some(text => /exactly 1000 entries: the ring buffer .* was probably full/.test(text)),
  );
  const odd = await importTrace(pickle(snapshot([many(1002)])));
  assert.equal(odd.cuda?.devices[0]?.isTruncated, false);
  const whole = Array.from({length: 500}, () => [
    entry('alloc', BASE, 8),
    entry('free_completed', BASE, 8),
  ]).flat();
  const complete = await importTrace(pickle(snapshot([whole])));
  assert.equal(complete.cuda?.devices[0]?.isTruncated, false);
});

test('running out of memory is reported with the requested and the free bytes', async () => {
  const {cuda, warnings} = await importTrace(pickle(everything()));
  assert.equal(cuda?.outOfMemory.length, 1);
  assert.deepEqual(cuda?.outOfMemory[0], {entry: 11, bytes: 80_000_000_000, deviceFree: 123_456});
  assert.ok(
    warnings.includes(
      'cuda:0 ran out of memory: 80000000000 bytes were asked for, the device had 123456 free',
    ),
  );
});

test('iterations come from the ends of the optimizer where nothing else marks them', async () => {
  resetClock();
  const events = [];
  const spans = [];
  for (let step = 0; step < 4; step++) {
    const at = step * 1000;
    const sizes = [512, 1024 + step * 512, 2048];
    for (const [i, size] of sizes.entries()) {
      events.push(entry('alloc', BASE + i * 8192, size, {time_us: at + i * 10}));
      events.push(entry('free_completed', BASE + i * 8192, size, {time_us: at + i * 10 + 5}));
    }
    const name = 'Optimizer.step#AdamW.step';
    spans.push({stage: 'START', name, device: 0, time_us: at + 100});
    spans.push({stage: 'END', name, device: 0, time_us: at + 200});
  }
  const trace = await importTrace(pickle(snapshot([events], [], {external_annotations: spans})));
  const found = findIterations(trace, 0);
  assert.equal(found.source, 'optimizer');
  assert.equal(found.annotation, 'Optimizer.step#AdamW.step');
  assert.deepEqual(
    found.iterations.map(({firstEvent, endEvent}) => [firstEvent, endEvent]),
    [
      [6, 12],
      [12, 18],
      [18, 24],
    ],
  );
});

test('an operation is the operator below the Python code, else the Python function without its folders', async () => {
  const stacks: [number[], string][] = [
    [[0, 1, 2, 3, 4], 'aten::bmm'],
    [[0, 1], 'aten::empty_memory_format'],
    [[0, 3, 2], 'forward (model.py:42)'],
    [[0], ''],
    [[], ''],
  ];
  for (const [frames, operation] of stacks) {
    const alloc = entry('alloc', BASE, 8, {frames: stackOf(...frames)});
    const trace = await importTrace(pickle(snapshot([[alloc]])));
    assert.equal(trace.operations[trace.blocks.operation[0]!], operation);
  }
});

test('a file that is no snapshot, or has neither events nor segments, is refused with the reason', async () => {
  const cases: [Parameters<typeof pickle>[0], RegExp][] = [
    [
      {weights: [1, 2]},
      /expected a dictionary with a list of device_traces, got a dictionary with "weights"/,
    ],
    [{}, /a dictionary with nothing in it/],
    ['text', /got something else/],
    [[1, 2], /expected a dictionary with a list of device_traces, got something else/],
    [
      snapshot([]),
      /no events and no segments: call torch.cuda.memory._record_memory_history\(context='all'\)/,
    ],
    [snapshot([[], []]), /no events and no segments/],
    [{...snapshot([[entry('alloc', BASE, 8)]]), device_traces: [3]}, /device_traces\[0\]: expected a list/],
    [snapshot([[{action: 'alloc', size: 8}]]), /entry 0 of the device traces has no addr/],
    [snapshot([[{action: 'alloc', addr: 8}]]), /entry 0 of the device traces has no size/],
    [snapshot([[entry('alloc', BASE, -1)]]), /size: expected bytes from 0 to 2\^53 - 1, got -1/],
    [snapshot([[entry('alloc', 'x' as never, 1)]]), /addr: expected an integer of 64 bits, got a text/],
    [
      snapshot([[entry('alloc', BASE, 8)]], [segment(0, BASE, [block(1, 'asleep')])]),
      /no state that is known/,
    ],
  ];
  for (const [value, message] of cases) {
    const error = await importBytes(pickle(value)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ImportError, String(error));
    assert.match(error.message, message);
    assert.equal(error.format, 'cuda-snapshot');
  }
});

/**
 * Counted by Python from the same files: entries, memory events, blocks, carried in, live at the end, the largest load
 * in bytes, persistent blocks and their bytes, reserved bytes.
 */
const REAL: readonly [string, number, number, number, number, number, number, number, number, number][] = [
  ['lm_forward', 8948, 6543, 4139, 1, 1734, 11_765_962_752, 1744, 32_656_419_328, 47_234_154_496],
  ['lm_clean_start', 97, 62, 36, 0, 10, 3_249_143_816, 0, 0, 3_781_165_056],
  ['lm_forward_bf16', 2811, 1874, 937, 0, 0, 256_025_600, 137, 525_286_400, 861_929_472],
  ['lm_train_step', 19464, 12976, 6817, 329, 329, 11_177_935_876, 984, 11_987_631_104, 23_842_521_088],
];

for (const [name, entries, events, blocks, carriedIn, out, load, persistent, bytes, reserved] of REAL) {
  test(`${name} has the events that were counted`, async t => {
    const data = sharedData(t, `traces/cuda-snapshots/${name}.pickle`);
    if (!data) return;
    const trace = await importTrace(data);
    const device = chooseDevice(trace);
    assert.equal(trace.cuda?.entries.count, entries);
    assert.equal(memoryEvents(trace, device).count, events);
    assert.equal(trace.blocks.count, blocks);
    assert.equal(trace.blocks.mallocEvent.filter(event => event === NONE).length, carriedIn);
    assert.equal(trace.blocks.freeEvent.filter(event => event === NONE).length, out);
    assert.equal(maxLoad(trace, device), load);
    assert.deepEqual(trace.cuda.devices[0]!.persistent, {count: persistent, bytes});
    assert.equal(trace.cuda.devices[0]!.reserved.end, reserved);
    assert.deepEqual(stepProblem(trace).carried, {in: carriedIn, out, matched: 0});
  });
}

const python = (
  filename: string,
  line: number,
  name: string,
  more: Record<string, Pickled> = {},
): Pickled => ({
  ...{filename, line, name, ...more},
});
const cpp = (name: string): Pickled => python('??', 0, name);

/** Operation and frame of one allocation with that stack, beside one with a stack of the program. */
async function namesOf(frames: Pickled[], choice = {}): Promise<string[]> {
  const own = [python('/home/u/model.py', 41, 'forward')];
  const entries = [entry('alloc', BASE, 512, {frames}), entry('alloc', BASE + 512, 512, {frames: own})];
  const trace = await importTrace(pickle(snapshot([entries])));
  return [trace.operations[trace.blocks.operation[0]!]!, allocationFrames(trace, choice)[0]!];
}

test('a block without a Python frame is of autograd, with its operator or node where they were recorded', async () => {
  const engine = cpp(
    'torch::autograd::Engine::thread_main(std::shared_ptr<torch::autograd::GraphTask> const&)',
  );
  const recorder = [
    cpp('torch::unwind::unwind()'),
    cpp('torch::CapturedTraceback::gather(bool, bool, bool)'),
  ];
  const mm = cpp('at::_ops::mm::call(at::Tensor const&, at::Tensor const&)');
  const node = cpp('torch::autograd::generated::MmBackward0::apply(std::vector<at::Tensor>&&)');
  assert.deepEqual(await namesOf([...recorder, mm, engine]), ['autograd aten::mm', 'autograd aten::mm']);
  assert.deepEqual(await namesOf([...recorder, mm, node, engine]), ['MmBackward0', 'autograd MmBackward0']);
  assert.deepEqual(await namesOf([]), ['autograd', 'autograd']);
});

test('frames of the recorder and of installed packages are passed over, unless they are asked for', async () => {
  const site = '/usr/lib/python3.11/site-packages';
  const stack = [
    python(`${site}/torch/cuda/memory.py`, 900, '_record_memory_history'),
    python(`${site}/torch/nn/functional.py`, 7, 'linear'),
    python(`${site}/transformers/bert.py`, 5, 'attend'),
    python('/home/u/train.py', 12, 'main'),
  ];
  const frame = async (choice: object): Promise<string> => (await namesOf(stack, choice))[1]!;
  assert.equal(await frame({}), '/home/u/train.py:12 main');
  assert.equal(await frame({library: 'transformers'}), `${site}/transformers/bert.py:5 attend`);
  assert.equal(await frame({depth: 1}), `/home/u/train.py:12 main > ${site}/transformers/bert.py:5 attend`);
});

test('code of torch.compile has the operation of its node and the line that it was made of', async () => {
  const more = {
    fx_node_name: 'linear_1',
    fx_node_target: 'torch.ops.aten.linear.default',
    fx_original_trace: 'File "m.py", line 4, in forward\n x = self.fc(x)',
  };
  const stack = [
    python('<eval_with_key>.12', 9, 'forward', more),
    python('/tmp/torchinductor_u/ab/cabc.py', 77, 'call'),
    python('/home/u/model.py', 41, 'forward'),
  ];
  assert.deepEqual(await namesOf(stack), ['aten::linear', 'm.py:4 forward']);
});
