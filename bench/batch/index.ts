/** A run of many ranks: `stowage batch` and `stowage merge`. */
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {BenchOptions} from '../options.ts';
import {MAIN} from './command.ts';
import {benchFiles} from './files.ts';
import {benchMerge} from './merge.ts';
import {benchQueue} from './queue.ts';

const PARTS = {files: benchFiles, merge: benchMerge, queue: benchQueue};

export async function benchBatch(options: BenchOptions): Promise<void> {
  if (!existsSync(MAIN)) throw new Error('dist/ is missing: run `npm run build` first');
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  try {
    for (const [name, part] of Object.entries(PARTS)) {
      if (options.only.test(name)) await part(options, folder);
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
