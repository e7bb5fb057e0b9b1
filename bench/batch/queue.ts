/** What a queue costs per job: files so small that nothing else is left, by a queue with one worker and by one process. */
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {startQueue} from '../distributed/workers.ts';
import {inSeconds, median, ms, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {MAIN} from './command.ts';
import {runTree} from './tree.ts';

const SAMPLES = 5;
/** Few files and many: the difference has no start of a process in it. */
const [FEW, MANY] = [100, 600];
const QUICK: readonly [number, number] = [20, 60];

interface Way {
  readonly name: string;
  readonly args: readonly string[];
}

const WAYS: readonly Way[] = [
  {name: 'one process: --jobs 1', args: ['--jobs', '1']},
  {name: 'a queue on PostgreSQL, one worker --jobs 1', args: ['--queue', 'env']},
];

export async function benchQueue({samples = SAMPLES, quick}: BenchOptions, folder: string): Promise<void> {
  const counts = quick ? QUICK : ([FEW, MANY] as const);
  const queue = await startQueue('--root', folder);
  const rows: (string | number)[][] = [];
  const before = process.env.STOWAGE_QUEUE;
  process.env.STOWAGE_QUEUE = queue.url;
  try {
    await queue.workers(1);
    const seconds = WAYS.map(() => counts.map((): number[] => []));
    for (let round = 0; round < samples; round++) {
      for (const [c, count] of counts.entries()) {
        const files = writeFiles(join(folder, 'tiny'), count, round);
        for (const [w, {args}] of WAYS.entries()) {
          const out = join(folder, `tiny-${w}`);
          rmSync(out, {recursive: true, force: true});
          const run = await runTree(process.execPath, [
            MAIN,
            'batch',
            files,
            '--root',
            folder,
            '--out',
            out,
            ...args,
          ]);
          seconds[w]![c]!.push(run.seconds);
        }
      }
    }
    for (const [w, {name}] of WAYS.entries()) {
      const [few, many] = seconds[w]! as [number[], number[]];
      const perFile = many.map((value, i) => ((value - few[i]!) * 1000) / (counts[1] - counts[0]));
      const cells = [few, many].flatMap(all => [inSeconds(Math.min(...all)), inSeconds(median(all))]);
      rows.push([name, ...cells, ms(Math.min(...perFile)), ms(median(perFile))]);
    }
  } finally {
    if (before === undefined) delete process.env.STOWAGE_QUEUE;
    else process.env.STOWAGE_QUEUE = before;
    await queue.close();
  }
  console.log(
    `queue: ${counts.join(' and ')} files of 100 bytes, ${samples} rounds in turns; per file: from the difference`,
  );
  const columns = counts.flatMap(count => [`${count} files, s: min`, 'median']);
  printTable(['way', ...columns, 'ms per file: min', 'median'], rows);
}

/** Problems of a few buffers, no two alike, also not in another round. */
function writeFiles(folder: string, count: number, round: number): string {
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder);
  for (let i = 0; i < count; i++) {
    const rows = [0, 1, 2, 3].map(row => `b${row},${row},${row + 2},${1 + i + 1000 * round}`);
    writeFileSync(join(folder, `${i}.csv`), `id,lower,upper,size\n${rows.join('\n')}\n`);
  }
  return folder;
}
