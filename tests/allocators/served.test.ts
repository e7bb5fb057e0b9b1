/**
 * The model of PyTorch's allocator beside PyTorch's own, of two versions. Each fixture is a snapshot of the original, which
 * served requests from a clean start over a device that only hands out addresses: `fixtures/PROVENANCE.md`.
 */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {
  PytorchAllocator,
  parseSettings,
  recordedSettings,
  validateModel,
} from '../../bindings/allocators/index.ts';
import {
  ALLOC,
  type CudaRecording,
  FREE_COMPLETED,
  OOM,
  SEGMENT_ALLOC,
  SEGMENT_FREE,
  SEGMENT_MAP,
  SEGMENT_UNMAP,
} from '../../bindings/trace/cuda.ts';
import type {Trace} from '../../bindings/trace.ts';
import {importTrace} from '../trace/inputs.ts';

const MIB = 2 ** 20;
const FIXTURES = new URL('fixtures/', import.meta.url);
const VERSIONS = ['2.6.0', '2.15.0'];

const read = (name: string): Promise<Trace> =>
  importTrace(new Uint8Array(readFileSync(new URL(`${name}.pickle.gz`, FIXTURES))));

interface Served {
  /** Requests, those that failed among them. */
  readonly requests: number;
  readonly failed: number;
  /** Number of requests after which the reserved bytes, and success or failure, equal the recording. */
  readonly equal: number;
}

/** Has the model serve what was recorded, with the device's capacity: it gives back and refuses by itself. */
function serveAgain({entries, settings}: CudaRecording, capacity: number): Served {
  const allocator = new PytorchAllocator({settings: recordedSettings(settings), capacity});
  const live = new Map<number, number>();
  let [recorded, requests, failed, equal] = [0, 0, 0, 0];
  for (let i = 0; i < entries.count; i++) {
    const action = entries.action[i]!;
    const bytes = entries.bytes[i]!;
    if (action === SEGMENT_ALLOC || action === SEGMENT_MAP) recorded += bytes;
    else if (action === SEGMENT_FREE || action === SEGMENT_UNMAP) recorded -= bytes;
    else if (action === FREE_COMPLETED) allocator.free(live.get(entries.address[i]!)!);
    else if (action === ALLOC || action === OOM) {
      requests++;
      const isServed = allocator.malloc(i, bytes, entries.stream[i]!, entries.pool[i]!);
      if (isServed) live.set(entries.address[i]!, i);
      if (action === OOM) failed++;
      if (isServed === (action === ALLOC) && allocator.reserved === recorded) equal++;
    }
  }
  return {requests, failed, equal};
}

const NAMES = [
  'default',
  'streams',
  'expandable',
  'max-split',
  'roundup',
  'full',
  'full-max-split',
  'full-streams',
];

test('each segment and block is where the original has it, page by page where segments grow', async () => {
  for (const version of VERSIONS) {
    for (const name of [...NAMES, 'collection']) {
      const result = validateModel(await read(`${name}-${version}`), 0);
      assert.ok(!('reason' in result), `${name}-${version}`);
      const {segments, returns, blocks, firstDifference} = result;
      assert.equal(firstDifference, undefined, `${name}-${version}`);
      for (const {recorded, equal} of [segments, returns, blocks]) assert.equal(equal, recorded);
      assert.equal(blocks.recorded, name === 'full' ? 294 : 300);
    }
  }
});

test('each segment and block of a training step is where the original has it', async () => {
  const equal = (count: number) => ({recorded: count, equal: count});
  assert.deepEqual(validateModel(await read('resnet50-2.15.0'), 0), {
    segments: equal(36),
    returns: equal(0),
    blocks: equal(5547),
  });
});

test('on a full device the same requests fail, and as much is given back as by the original', async () => {
  for (const version of VERSIONS) {
    for (const [name, mebibytes, failed] of [
      ['full', 500, 6],
      ['full-max-split', 500, 0],
      ['full-expandable', 500, 6],
      ['full-streams', 500, 0],
      ['collection', 700, 0],
    ] as const) {
      const served = serveAgain((await read(`${name}-${version}`)).cuda!, mebibytes * MIB);
      assert.deepEqual(served, {requests: 300, failed, equal: 300}, `${name}-${version}`);
    }
  }
});

test('the comparison notices another capacity, and other settings than the recorded ones', async () => {
  const cuda = (await read('collection-2.15.0')).cuda!;
  assert.ok(serveAgain(cuda, 600 * MIB).equal < 300);
  assert.ok(serveAgain({...cuda, settings: {}}, 700 * MIB).equal < 300);
});

test('a list of divisions is read as 2.15 reads it; in 2.6 the entry of > held for the last size, too', async () => {
  const divisionsOf = async (version: string): Promise<readonly number[]> => {
    const {settings} = (await read(`roundup-${version}`)).cuda!;
    const {PYTORCH_CUDA_ALLOC_CONF: text} = settings;
    assert.equal(text, 'roundup_power2_divisions:[4:8,16:2,>:4]');
    return recordedSettings(settings).roundupDivisions;
  };
  const {roundupDivisions} = parseSettings({roundup_power2_divisions: '[4:8,16:2,>:4]'});
  assert.deepEqual(roundupDivisions, await divisionsOf('2.15.0'));
  assert.deepEqual(roundupDivisions.with(4, 4), await divisionsOf('2.6.0'));
});

test('every fixture is compared', () => {
  const compared = VERSIONS.flatMap(version =>
    [...NAMES, 'collection', 'full-expandable'].map(name => `${name}-${version}.pickle.gz`),
  );
  const names = readdirSync(FIXTURES).filter(name => name.endsWith('.gz'));
  assert.deepEqual(names.sort(), [...compared, 'resnet50-2.15.0.pickle.gz'].sort());
});
