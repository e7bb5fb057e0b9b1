/** Inputs that are made to take long: time follows their size, or they are refused. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ImportError, importFile} from '../../bindings/trace.ts';
import {bytesOf, inChunks} from './inputs.ts';

/** Seconds of processor; each of these took ten times as long, and four times that at twice the size. */
const MOST_SECONDS = 3;

/** The result or error of an import. */
async function outcome(data: Uint8Array): Promise<unknown> {
  const began = process.cpuUsage();
  const result = await importFile({name: 'unknown', data: inChunks(data, 16 << 10)}).catch(
    (error: unknown) => error,
  );
  const {user, system} = process.cpuUsage(began);
  assert.ok((user + system) / 1e6 < MOST_SECONDS, `${((user + system) / 1e6).toFixed(1)} s`);
  return result;
}

const LINES: readonly [format: string, first: string][] = [
  ['csv', 'id,lower,upper,size\n'],
  ['event-log', '{"schema":"stowage.events/1"}\n{"event":"malloc","operation":"'],
  ['mtrace', '= Start\n'],
  ['ltrace', 'a->malloc(4) = 0x10\n'],
  ['singa', 'MALLOC: 0x10 32 1608639594261992560\n'],
  ['heaptrack', 'v 10400 3\n'],
  ['xla', 'BufferAssignment:\n'],
];

for (const [format, first] of LINES)
  test(`${format}: a line of 17 MiB is refused with its number, at once`, async () => {
    const error = await outcome(bytesOf(first + 'x'.repeat(17 << 20)));
    assert.ok(error instanceof ImportError, `${error}`);
    assert.equal(error.line, first.split('\n').length);
    assert.match(error.message, /^line \d is longer than 16777216 bytes/);
  });

test('a CSV whose first line has 15 MiB is read', async () => {
  const name = 'x'.repeat(15 << 20);
  const imported = (await outcome(bytesOf(`id,lower,upper,size,${name}\na,0,1,2,3\n`))) as {
    problem: {count: number};
  };
  assert.equal(imported.problem.count, 1);
});

const RUNS: readonly [name: string, text: string][] = [
  [
    'kineto: escaped quotes and a string that never ends',
    `{"traceEvents":[{"ph":"i","name":"[memory]","x":"${'\\"'.repeat(200_000)}\\\n"}]}`,
  ],
  [
    'kineto: names that never end in a damaged event',
    `{"traceEvents":[{"ph":"X","cat":"cpu_op" "x"${'"name":"'.repeat(60_000)}`,
  ],
  ['ltrace: digits in front of a call, in a file of no known format', `${'1'.repeat(65_536)}\nfoo\n`],
  ['ltrace: blanks after a call', `a->malloc(4) = 0x10\na->malloc(1)${' '.repeat(400_000)}x\n`],
  ['ltrace: line separators after a call', `a->malloc(4) = 0x10\na->malloc(${'\u2028'.repeat(400_000)}\n`],
  ['xla: braces in a range', `BufferAssignment:\nBufferLiveRange:\n  ${'{'.repeat(400_000)}\n`],
];

for (const [name, text] of RUNS)
  test(name, async () => {
    assert.ok((await outcome(bytesOf(text))) instanceof ImportError);
  });
