/** The recorder of streams: its log of what PyTorch calls back, as a program would make it call. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {stepProblem} from '../../bindings/trace.ts';
import {lacks} from '../requirements.ts';
import {importTrace} from '../trace/inputs.ts';

const FOLDER = fileURLToPath(new URL('../../tools/record/', import.meta.url));
const PYTHON = process.env.STOWAGE_PYTHON ?? 'python3';

/** A program that fills `log`, and the blocks of its memory history. */
const program = (body: string): string => `
import sys
sys.path.insert(0, ${JSON.stringify(FOLDER)})
from pytorch_streams import Log
log = Log()
blocks = []
def malloc(address, size, stream):
    log.allocated(address)
    blocks.append((address, size, stream))
${body}
sys.stdout.writelines(log.lines(blocks, "cuda:0"))
`;

function linesOf(body: string): Record<string, unknown>[] {
  const run = spawnSync(PYTHON, ['-B', '-c', program(body)], {encoding: 'utf8', timeout: 60_000});
  assert.equal(run.status, 0, run.stderr);
  const [header, ...lines] = run.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.deepEqual(header, {schema: 'stowage.events/1', device: 'cuda:0', alignment: 512});
  return lines;
}

const hasPython = spawnSync(PYTHON, ['--version']).status === 0;

test('blocks have size and stream of the memory history; uses on their own stream are left out', t => {
  if (!hasPython) return lacks(t, 'python');
  const lines = linesOf(`
log.marked(0)
malloc(0x1000, 512, 0)
log.used(0x1000, 0)
log.recorded(77, 0)
log.waited(77, 9)
log.used(0x1000, 9)
log.synchronized(9)
log.freed(0x1000)
log.synchronized(None)
malloc(0x1000, 1024, 9)
log.freed(0x1000)
log.marked(None)`);
  assert.deepEqual(lines, [
    {event: 'iteration', number: 0},
    {event: 'malloc', address: '0x1000', size: 512, stream: '0'},
    {event: 'record', fence: 1, stream: '0'},
    {event: 'wait', fence: 1, stream: '9'},
    {event: 'read', address: '0x1000', stream: '9'},
    {event: 'sync', stream: '9'},
    {event: 'free', address: '0x1000'},
    {event: 'sync'},
    {event: 'malloc', address: '0x1000', size: 1024, stream: '9'},
    {event: 'free', address: '0x1000'},
    {event: 'end'},
  ]);
});

test('an event that is recorded again is another fence, and one that is not recorded any more is none', t => {
  if (!hasPython) return lacks(t, 'python');
  const lines = linesOf(`
log.waited(77, 1)
log.recorded(77, 0)
log.recorded(77, 3)
log.waited(77, 1)
log.waited(77, None)
log.deleted(77)
log.waited(77, 1)`);
  assert.deepEqual(lines, [
    {event: 'record', fence: 1, stream: '0'},
    {event: 'record', fence: 2, stream: '3'},
    {event: 'wait', fence: 2, stream: '1'},
    {event: 'wait', fence: 2},
  ]);
});

test('record_stream is a use right before the free, and blocks from before are left out', t => {
  if (!hasPython) return lacks(t, 'python');
  const lines = linesOf(`
log.used(0x2000, 4)
log.freed(0x2000)
malloc(0x1000, 512, 0)
log.used_until_freed(0x1000, 4)
log.used_until_freed(0x1000, 4)
log.used_until_freed(0x1000, 5)
log.freed(0x1000)
malloc(0x1000, 512, 0)
log.freed(0x1000)`);
  assert.deepEqual(
    lines.map(({event, stream}) => [event, stream]),
    [
      ['malloc', '0'],
      ['read', '4'],
      ['read', '5'],
      ['free', undefined],
      ['malloc', '0'],
      ['free', undefined],
    ],
  );
});

test('a plan of the log lets blocks share where its waits order them', async t => {
  if (!hasPython) return lacks(t, 'python');
  const body = (wait: string) => `
malloc(0x1000, 4, 0)
log.recorded(1, 0)
log.waited(1, 9)
log.used(0x1000, 9)
${wait}
log.freed(0x1000)
malloc(0x1000, 4, 0)
log.freed(0x1000)`;
  for (const [wait, unordered] of [
    ['', 2],
    ['log.recorded(1, 9); log.waited(1, 0)', 0],
    ['log.synchronized(None)', 0],
  ] as const) {
    const run = spawnSync(PYTHON, ['-B', '-c', program(body(wait))], {encoding: 'utf8', timeout: 60_000});
    const step = stepProblem(await importTrace(run.stdout), {iteration: 'window'});
    assert.equal(step.concurrency?.unordered, unordered, wait);
  }
});
