/** Traces of the profiler that are cut short, or have events in them that are no valid JSON. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  chooseDevice,
  findIterations,
  ImportError,
  importFile,
  stepProblem,
  type Trace,
} from '../../bindings/trace.ts';
import {dumpTrace} from './dump.ts';
import {bytesOf, inChunks, sharedData} from './inputs.ts';

const span = (cat: string, name: string, ts: number, dur: number): string =>
  `{"ph": "X", "cat": "${cat}", "name": "${name}", "pid": 1, "tid": 1, "ts": ${ts}, "dur": ${dur}, "args": {"Ev Idx": 1}}`;
const memory = (ts: number, bytes: number, address: number): string =>
  `{"ph": "i", "cat": "cpu_instant_event", "name": "[memory]", "pid": 1, "tid": 1, "ts": ${ts}, "args": {"Bytes": ${bytes}, "Addr": ${address}, "Device Type": 0, "Device Id": -1}}`;

/** Steps of 100 µs: an operation that allocates 64 and 128 bytes, and frees both. */
function step(k: number): string[] {
  const at = k * 100;
  return [
    span('user_annotation', `ProfilerStep#${k}`, at, 90),
    span('cpu_op', 'aten::add', at + 1, 10),
    memory(at + 2, 64, 4096),
    memory(at + 3, 128, 8192),
    memory(at + 20, -128, 8192),
    memory(at + 30, -64, 4096),
  ];
}

const fileOf = (events: readonly string[], between = ',\n  '): string =>
  `{"schemaVersion": 1, "traceEvents": [\n  ${events.join(between)}\n], "traceName": "x"}`;

const STEPS = [0, 1, 2, 3].flatMap(step);

async function read(text: string, strict = false, chunk = 0): Promise<Trace> {
  const data = bytesOf(text);
  const imported = await importFile({name: 'x', data: chunk ? inChunks(data, chunk) : data}, {strict});
  assert.ok(imported.kind === 'trace');
  return imported.trace;
}

/** Names with blanks pass for annotations. */
const withoutNotes = (trace: Trace): object => ({...dumpTrace(trace), warnings: [], annotations: []});

/** Names as PyTorch has written them, or might. */
const NAMES = [
  '{"device": "cpu", "dtype": "float32"}(12): run',
  '<module> """Trains a model, see [1] {cfg}',
  'C:\\proj\\',
  'C:\\users\\new',
  'say "hi"',
  '"quoted"',
  '"',
  '\\',
  'f("a", "b")',
  'a", "b',
  'two\nlines\tand\u0001control',
  'x"}, {"y": "z',
  '{"a": [1, {"b": "}"}]}',
  'lambda: d[\'k\'] ""',
];

test('an event whose name is no valid JSON is mended or left out, and counted; all others are read', async () => {
  const whole = await read(fileOf(STEPS));
  for (const name of NAMES)
    for (const category of ['python_function', 'cpu_op'])
      for (const at of [0, 7, 12]) {
        const bad = span(category, name, 405, 1);
        const text = fileOf([...STEPS.slice(0, at), bad, ...STEPS.slice(at)]);
        let isValid = true;
        try {
          JSON.parse(text);
        } catch {
          isValid = false;
        }
        for (const chunk of [0, 1, 13]) {
          const trace = await read(text, false, chunk);
          assert.deepEqual(withoutNotes(trace), withoutNotes(whole), `${name} at ${at}`);
          if (!isValid && category === 'cpu_op')
            assert.match(
              trace.warnings.join(),
              /^1 × an event (whose name )?(is|that is) not valid JSON/,
              name,
            );
        }
        if (!isValid && category === 'cpu_op') await assert.rejects(read(text, true), ImportError);
      }
});

test('a mended operation names its allocations', async () => {
  const events = [
    span('cpu_op', 'aten::say "hi" to C:\\new\\', 0, 10),
    memory(1, 64, 4096),
    memory(20, -64, 4096),
  ];
  const trace = await read(fileOf(events));
  assert.ok(trace.operations.includes('aten::say "hi" to C:\\new\\'), trace.operations.join());
});

test('a memory event that is damaged is refused, since nothing after it would be right', async () => {
  const wrong = memory(405, 64, 4096).replace('"Bytes"', '"By"tes"');
  await assert.rejects(read(fileOf([...STEPS, wrong, memory(406, 5, 1)])), /damaged at byte \d+/);
});

test('a trace that is cut short is read up to there, and no iteration that it cuts passes for a whole one', async () => {
  const text = fileOf(STEPS);
  const ends = STEPS.map((_, i) => text.indexOf(STEPS[i]!, i === 0 ? 0 : text.indexOf(STEPS[i - 1]!) + 1));
  for (let cut = ends[8]!; cut < text.length - 1; cut += 11) {
    const trace = await read(text.slice(0, cut));
    const {iterations} = findIterations(trace, chooseDevice(trace));
    for (const one of iterations) {
      if (!one.whole) continue;
      assert.equal(one.endEvent - one.firstEvent, 4, `cut at ${cut}`);
    }
    assert.ok(trace.warnings.some(warning => warning.includes(`at byte ${cut}`)));
    await assert.rejects(read(text.slice(0, cut), true), {name: 'ImportError', byte: cut});
  }
  const late = await read(text.slice(0, -2));
  assert.match(late.warnings.join(), /cut short: .* after the list of events, which is whole/);
  await assert.rejects(read(text.slice(0, ends[2]! + 5)), /cut short/);
});

test('looking for the next event takes time in proportion to the text', async () => {
  const bad = span('cpu_op', '"}'.repeat(3), 405, 1);
  const timeOf = async (count: number): Promise<number> => {
    const junk = `}${' '.repeat(3000)}`.repeat(count);
    const text = fileOf([
      ...STEPS,
      bad,
      `"${junk}`,
      ...Array.from({length: count}, () => bad),
      memory(900, 5, 5),
    ]);
    const began = performance.now();
    await read(text);
    return performance.now() - began;
  };
  await timeOf(100);
  const [small, large] = [await timeOf(300), await timeOf(3000)];
  assert.ok(large < Math.max(small, 20) * 40, `${small} ms, then ${large} ms for ten times the text`);
});

test('the shared traces of the profiler that are cut or damaged', async t => {
  for (const name of ['k_truncated', 'k_unescaped_quotes', 'k_unescaped_docstring', 'k_trailing_backslash']) {
    const data = sharedData(t, `field/${name}.json`);
    if (!data) return;
    const imported = await importFile({name, data});
    assert.ok(imported.kind === 'trace');
    assert.match(imported.trace.warnings.join(), /cut short|1 × an event whose name is not valid JSON/);
    const {problem} = stepProblem(imported.trace);
    assert.equal(problem.count, 5);
    await assert.rejects(importFile({name, data}, {strict: true}), ImportError);
  }
});
