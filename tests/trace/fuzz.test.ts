/**
 * Fuzzes every importer with what its fixtures become when they are damaged: bits flipped, ends cut, parts spliced,
 * repeated and moved. Whatever comes in, an importer gives a sound result or an `ImportError`; nothing else is thrown,
 * and nothing takes long.
 *
 * The same number of runs per importer, always with the same inputs in the same order. `FUZZ_RUNS=5000 FUZZ_SEED=7 node
 * scripts/test.mjs fuzz` runs more, with others; `FUZZ_SECONDS=600` goes by time instead, `--file-limit` above all of
 * it. fast-check prints the smallest input that fails; it becomes a fixture or a literal test.
 */
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';
import fc from 'fast-check';
import {IMPORTERS, ImportError, importFile} from '../../bindings/trace.ts';
import {checkImported} from './check.ts';
import {fixture, inChunks} from './inputs.ts';

/** Per importer. */
const RUNS = numberOf('FUZZ_RUNS', 150);
/** Per importer, in place of a number of runs. */
const SECONDS = process.env.FUZZ_SECONDS === undefined ? undefined : numberOf('FUZZ_SECONDS', 1);
const SEED = numberOf('FUZZ_SEED', 1);
/** Fixtures are a few kilobytes: what takes this long does not follow the size of its input. */
const MOST_MILLISECONDS = 5000;
/** Larger ones take too long for so many runs. */
const MOST_BYTES = 16 << 10;

function numberOf(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  assert.ok(value > 0, `${name}: expected a number above 0, got ${process.env[name]}`);
  return value;
}

/** One change: what to do, and where, as parts of the length, so that it fits an input of any length. */
interface Mutation {
  readonly kind: 'flip' | 'set' | 'cut' | 'drop' | 'repeat' | 'splice';
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

/** Evenly between 0 and 1: most doubles are next to 0, and `fc.double` takes each as likely as another. */
const part = fc.nat((1 << 20) - 1).map(value => value / (1 << 20));

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'set', 'cut', 'drop', 'repeat', 'splice'),
  at: part,
  length: fc.oneof(fc.constant(0), part),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 34, 40, 44, 45, 48, 57, 93, 97, 101, 127, 128, 255)),
});
/** A digit in place of a byte: what is still read shows more of an importer than what is refused at once. */
const digit: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constant('set' as const),
  at: part,
  length: fc.constant(0),
  value: fc.integer({min: 48, max: 57}),
});
const mutations: fc.Arbitrary<readonly Mutation[]> = fc.oneof(
  fc.array(mutation, {minLength: 1, maxLength: 6}),
  fc.array(mutation, {minLength: 1, maxLength: 1}),
  fc.array(digit, {minLength: 1, maxLength: 2}),
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

/** @returns whether the importer gives a result rather than an `ImportError` */
async function isRead(data: Uint8Array, chunk: number): Promise<boolean> {
  const began = performance.now();
  let read = true;
  try {
    checkImported(await importFile({name: 'unknown', data: chunk > 0 ? inChunks(data, chunk) : data}));
  } catch (error) {
    read = false;
    assert.ok(error instanceof ImportError, `${error instanceof Error ? error.stack : error}`);
    assert.ok(error.message.length > 0 && error.message.length < 1200, error.message);
  }
  assert.ok(performance.now() - began < MOST_MILLISECONDS, 'it takes too long');
  return read;
}

for (const {format} of IMPORTERS) {
  test(`${format}: whatever its inputs become, it gives a sound result or an ImportError`, async t => {
    const folder = new URL(`./fixtures/${format}/`, import.meta.url);
    const seeds = readdirSync(folder)
      .filter(name => !name.endsWith('.expected.json'))
      .map(name => fixture(`${format}/${name}`))
      .filter(data => data.length <= MOST_BYTES);
    assert.ok(seeds.length > 0, `${format} has a fixture of at most ${MOST_BYTES} bytes`);
    const executions = {read: 0, refused: 0};
    const property = fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.constantFrom(...seeds),
      mutations,
      fc.constantFrom(0, 0, 1, 7, 100),
      async (data, donor, changes, chunk) => {
        let changed = data;
        for (const mutation of changes) changed = mutate(changed, mutation, donor);
        const read = await isRead(changed.subarray(0, MOST_BYTES * 20), chunk);
        executions[read ? 'read' : 'refused']++;
      },
    );
    await fc.assert(property, {
      seed: SEED,
      ...(SECONDS === undefined
        ? {numRuns: RUNS}
        : {
            numRuns: Number.MAX_SAFE_INTEGER,
            interruptAfterTimeLimit: SECONDS * 1000,
            markInterruptAsFailure: false,
          }),
    });
    const {read, refused} = executions;
    t.diagnostic(`${read + refused} executions, ${refused} of them refused`);
    if (SECONDS === undefined) assert.equal(read + refused, RUNS);
    // a change that every importer refuses, or takes for nothing, tests only half of it
    assert.ok(read > 0 && refused > 0, `${read} read, ${refused} refused`);
  });
}
