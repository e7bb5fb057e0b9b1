/** What a pair of malloc and free costs inside wasm, whoever serves it, with one worker and with two. */
import {loadPlannerSync, type Planner} from '../../bindings/index.ts';
import type {Runtime} from '../../bindings/runtime/runtime.ts';
import type {Script} from '../../tests/runtime/script.ts';
import {printTable} from '../measure.ts';
import {compile, compileDlmalloc} from './modules.ts';
import {scripts} from './scripts.ts';
import {
  bytesOf,
  instantiate,
  measure,
  memoize,
  PAGE,
  type Placed,
  place,
  type ReplayExports,
} from './subject.ts';
import {inThreads} from './threads.ts';

const ROUNDS = 9;
/** Pairs in one measurement, about. */
const PAIRS = 4e6;
/** Bytes for allocators over a stretch of memory. */
const STRETCH = 2 ** 31 - 2 * PAGE;
const NAMES: Readonly<Record<string, string>> = {
  none: 'calls alone',
  planned: 'stowage',
  bump: 'bump',
  general: "stowage's TLSF",
  standard: "AssemblyScript's TLSF",
  dlmalloc: 'dlmalloc',
};

interface Subject {
  readonly name: string;
  readonly exports: ReplayExports;
  readonly placed: Placed;
  readonly runtime?: Runtime;
  readonly times: number[];
}

export async function benchRuntime(): Promise<void> {
  const planner = loadPlannerSync();
  const modules = new Map(
    ['none', 'planned', 'bump', 'general', 'standard'].map(name => [name, compile(name)]),
  );
  const dlmalloc = compileDlmalloc();
  if (typeof dlmalloc === 'string') console.log(`runtime: dlmalloc is not measured: ${dlmalloc}`);
  else modules.set('dlmalloc', dlmalloc);
  const found = await scripts();
  console.log(
    'runtime: nanoseconds per malloc + free inside wasm, minimum (median), the first byte of every block touched;\n' +
      'every allocator is called through the function table, "calls alone" is what that and the loop cost',
  );
  const rows = found.map(script => {
    const subjects = [...modules].map(([name, bytes]) => subjectOf(name, bytes, script, planner));
    const served = compare(subjects, script);
    return [script.name.split('/').at(-1)!, script.rows.length, ...subjects.map(cell), served];
  });
  printTable(
    ['script', 'pairs', ...[...modules.keys()].map(name => NAMES[name]!), 'served from the plan'],
    rows,
  );
  await benchThreads(found, planner);
}

function subjectOf(name: string, bytes: Uint8Array<ArrayBuffer>, script: Script, planner: Planner): Subject {
  const exports = instantiate(bytes);
  const memory = exports.memory!;
  if (exports.reserve) {
    const at = exports.reserve(bytesOf(script)) >>> 0;
    return {name, exports, placed: place(memory, at, script, 0), times: []};
  }
  const scriptBytes = Math.ceil(bytesOf(script) / PAGE) * PAGE;
  memory.grow((PAGE + STRETCH + scriptBytes - memory.buffer.byteLength) / PAGE);
  let runtime: Runtime | undefined;
  if (name === 'planned') runtime = memoize(exports, memory, {base: PAGE, bytes: STRETCH}, script, planner);
  else exports.make!(PAGE, PAGE + STRETCH);
  const placed = place(memory, PAGE + STRETCH, script, PAGE);
  return {name, exports, placed, times: [], ...(runtime ? {runtime} : {})};
}

/** Measures all in turn, so that what slows the machine slows all. @returns share of pairs served from the plan */
function compare(subjects: readonly Subject[], script: Script): string {
  const iterations = 2 * Math.max(1, Math.round(PAIRS / script.rows.length / 2));
  for (const {exports, placed} of subjects) measure(exports, placed, 2);
  for (let round = 0; round < ROUNDS; round++) {
    for (const {exports, placed, times} of subjects) times.push(measure(exports, placed, iterations));
  }
  return servedShare(subjects.flatMap(({runtime}) => (runtime ? [runtime] : [])));
}

/** Since they were planned. */
function servedShare(runtimes: readonly Runtime[]): string {
  let [served, others] = [0, 0];
  for (const {statistics} of runtimes) {
    const {larger, blocked, extra, unknown, unmanaged} = statistics;
    served += statistics.served;
    others += larger + blocked + extra + unknown + unmanaged;
  }
  return `${((100 * served) / (served + others)).toFixed(2)} %`;
}

function cell({times}: Subject): string {
  const sorted = [...times].sort((a, b) => a - b);
  return `${sorted[0]!.toFixed(1)} (${sorted[sorted.length >> 1]!.toFixed(1)})`;
}

async function benchThreads(found: readonly Script[], planner: Planner): Promise<void> {
  console.log(
    'runtime: the same over one shared memory, by workers that each replay the script; nanoseconds of the slowest.\n' +
      "stowage has an arena per worker, its TLSF one heap behind a lock; AssemblyScript's cannot be shared",
  );
  const rows: (string | number)[][] = [];
  for (const script of found) {
    const row: (string | number)[] = [script.name.split('/').at(-1)!];
    for (const name of ['none', 'planned', 'bump', 'general']) {
      const bytes = compile(name, true);
      // an eighth of the work where workers wait for one another
      const iterations =
        2 * Math.max(1, Math.round(PAIRS / script.rows.length / (name === 'general' ? 16 : 2)));
      for (const workers of [1, 2]) {
        const {min, median} = await inThreads(bytes, name, script, workers, iterations, planner, 2 ** 30);
        row.push(`${min.toFixed(1)} (${median.toFixed(1)})`);
      }
    }
    rows.push(row);
  }
  const heads = ['none', 'planned', 'bump', 'general'].flatMap(name => [`${NAMES[name]} ×1`, '×2']);
  printTable(['script', ...heads], rows);
}
