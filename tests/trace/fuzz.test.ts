/**
 * Fuzzes every importer with what its fixtures become when they are damaged: bits flipped, ends cut, parts spliced,
 * repeated and moved. Whatever comes in, an importer gives a sound result or an `ImportError`; nothing else is thrown,
 * and nothing takes long.
 *
 * A second or less per importer, always the same inputs in the same order. For longer, with others: `FUZZ_SECONDS=600 FUZZ_SEED=7 node
 * scripts/test.mjs fuzz`. What fails is printed by fast-check, made small; it becomes a fixture or a literal test.
 */
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';
import fc from 'fast-check';
import {IMPORTERS, ImportError, importFile} from '../../bindings/trace.ts';
import {checkImported} from './check.ts';
import {fixture, inChunks} from './inputs.ts';

/** Per importer; all together take eight seconds at most. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? Math.min(1, 8 / IMPORTERS.length));
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Fixtures are a few kilobytes: what takes this long does not follow the size of its input. */
const MOST_MILLISECONDS = 5000;
/** Larger ones would be mutated too seldom in a second. */
const MOST_BYTES = 16 << 10;

/** One change: what to do, and where, as parts of the length, so that it fits an input of any length. */
interface Mutation {
  readonly kind: 'flip' | 'set' | 'cut' | 'drop' | 'repeat' | 'splice';
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

const part = fc.double({min: 0, max: 1, noNaN: true, maxExcluded: true});

const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('flip', 'set', 'cut', 'drop', 'repeat', 'splice'),
    at: part,
    length: fc.oneof(fc.constant(0), part),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 34, 40, 44, 45, 48, 57, 93, 97, 101, 127, 128, 255)),
  }),
  {minLength: 1, maxLength: 6},
);

function mutate(data: Uint8Array, {kind, at, length, value}: Mutation, donor: Uint8Array): Uint8Array {
  const from = Math.floor(at * data.length);
  // mostly short parts
  const to = Math.min(data.length, from + 1 + Math.floor(length ** 4 * data.length));
  const with_ = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  const [before, within, after] = [data.subarray(0, from), data.subarray(from, to), data.subarray(to)];
  if (kind === 'cut') return data.slice(0, from);
  if (kind === 'drop') return with_(before, after);
  if (kind === 'repeat') return with_(before, ...Array.from({length: 1 + (value % 20)}, () => within), after);
  if (kind === 'splice') {
    const start = Math.floor((value / 256) * donor.length);
    return with_(before, donor.subarray(start, start + within.length), after);
  }
  const changed = data.slice();
  if (from < changed.length) changed[from] = kind === 'flip' ? changed[from]! ^ (1 << (value % 8)) : value;
  return changed;
}

async function check(data: Uint8Array, chunk: number): Promise<void> {
  const began = performance.now();
  try {
    checkImported(await importFile({name: 'unknown', data: chunk > 0 ? inChunks(data, chunk) : data}));
  } catch (error) {
    assert.ok(error instanceof ImportError, `${error instanceof Error ? error.stack : error}`);
    assert.ok(error.message.length > 0 && error.message.length < 1200, error.message);
  }
  assert.ok(performance.now() - began < MOST_MILLISECONDS, 'it takes too long');
}

for (const {format} of IMPORTERS) {
  test(`${format}: whatever its inputs become, it gives a sound result or an ImportError`, async t => {
    const folder = new URL(`./fixtures/${format}/`, import.meta.url);
    const seeds = readdirSync(folder)
      .filter(name => !name.endsWith('.expected.json'))
      .map(name => fixture(`${format}/${name}`))
      .filter(data => data.length <= MOST_BYTES);
    assert.ok(seeds.length > 0, `${format} has a fixture of at most ${MOST_BYTES} bytes`);
    let executions = 0;
    const property = fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.constantFrom(...seeds),
      mutations,
      fc.constantFrom(0, 0, 1, 7, 100),
      async (data, donor, changes, chunk) => {
        executions++;
        let changed = data;
        for (const mutation of changes) changed = mutate(changed, mutation, donor);
        await check(changed.subarray(0, MOST_BYTES * 20), chunk);
      },
    );
    await fc.assert(property, {
      seed: SEED,
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: SECONDS * 1000,
      markInterruptAsFailure: false,
    });
    t.diagnostic(`${executions} executions`);
    assert.ok(executions >= 10);
  });
}
