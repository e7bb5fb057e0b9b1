/** Nanoseconds for an allocation and its free in C: stowage's calls and hooks beside general allocators. */
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {loadPlannerSync, type ProblemColumns} from '../../bindings/index.ts';
import {importFile, stepProblem} from '../../bindings/trace.ts';
import {median, printTable} from '../measure.ts';
import type {Allocator} from '../pytorch/allocators.ts';
import {buildProgram, type Native} from './build.ts';

const RECORDINGS = ['mobilenet_v2.inference', 'resnet50.training'];
const WORK = {rounds: 15, pairs: 1_000_000};
/** Bytes that PyTorch aligns tensors to. */
const ALIGNMENT = 64;
/** Milliseconds for one process. */
const LIMIT = 120_000;

/** Nanoseconds per pair, one per round. */
interface Times {
  readonly count: number;
  readonly loop: readonly number[];
  readonly calls: readonly number[];
  readonly hooks: readonly number[];
  readonly general: readonly number[];
}

/** Prints a table for each recording. */
export async function benchPairs(
  native: Native,
  allocators: readonly Allocator[],
  only: RegExp,
  isQuick: boolean,
): Promise<void> {
  const program = buildProgram('pair', native);
  const {rounds, pairs} = isQuick ? {rounds: 5, pairs: WORK.pairs / 10} : WORK;
  const names = RECORDINGS.filter(name => only.test(name));
  if (names.length > 0)
    console.log(
      `pairs: nanoseconds of CPU time for an allocation and its free, minimum and median of ${rounds} rounds of ${pairs}\n` +
        'pairs; in each round an empty loop, stowage and the allocator take turns in one process. Calls: the server of\n' +
        "`server.h`; hooks: what PyTorch's alloc_cpu and free_cpu become; allocator: posix_memalign(64) and free.\n" +
        'The loop is not subtracted. No byte of a block is touched',
    );
  for (const name of names) {
    const text = await iterationOf(name);
    const rows: string[][] = [];
    let count = 0;
    for (const {name: allocator, env} of allocators) {
      const times = run(program, [String(rounds), String(pairs)], text, env);
      count = times.count;
      const minimum = Math.min(...times.general);
      rows.push([
        allocator,
        ...[times.loop, times.calls, times.hooks, times.general].flatMap(of => [
          Math.min(...of).toFixed(1),
          median(of).toFixed(1),
        ]),
        (minimum / Math.min(...times.hooks)).toFixed(1),
      ]);
    }
    console.log(`${name}: ${count} allocations, all served by the plan`);
    printTable(
      ['allocator', ...['loop', 'calls', 'hooks', 'allocator'].flatMap(of => [of, 'median']), '÷ hooks'],
      rows,
    );
  }
}

/** The last whole iteration of an example, as `pair.c` reads it. */
async function iterationOf(name: string): Promise<string> {
  const file = `${name}.json.gz`;
  const path = fileURLToPath(new URL(`../../examples/${file}`, import.meta.url));
  const imported = await importFile({name: file, data: readFileSync(path)});
  if (imported.kind !== 'trace') throw new Error(`${file} is no recording`);
  return asText(stepProblem(imported.trace, {lifetimes: 'linear', alignment: ALIGNMENT}).problem);
}

/** COUNT PEAK, then END SIZE OFFSET of each buffer, in order of allocation. */
function asText(problem: ProblemColumns): string {
  const {start, end, size} = problem;
  const {offsets, peak} = loadPlannerSync().plan(problem);
  const order = [...start.keys()].filter(i => size[i]! > 0 && end[i]! > start[i]!);
  order.sort((a, b) => start[a]! - start[b]! || a - b);
  const rows = order.map(i => {
    const next = order.findIndex(k => start[k]! >= end[i]!);
    return `${next < 0 ? order.length : next} ${size[i]} ${offsets[i]}`;
  });
  return `${order.length} ${peak}\n${rows.join('\n')}\n`;
}

function run(program: string, args: readonly string[], input: string, env: Allocator['env']): Times {
  const {status, signal, stdout, stderr, error} = spawnSync(program, [...args], {
    input,
    encoding: 'utf8',
    timeout: LIMIT,
    env: {...process.env, ...env},
  });
  if (status !== 0) throw new Error(`pair: ${error?.message ?? signal ?? stderr.trim()}`);
  return JSON.parse(stdout) as Times;
}
