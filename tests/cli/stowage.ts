/** Runs the built command line as a user would, in a folder of its own. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** The result of a run. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function checkBuilt(): void {
  if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is missing: run `npm run build` first');
}

export function stowage(
  args: readonly string[],
  {cwd = EXAMPLES, input}: {cwd?: string; input?: Uint8Array} = {},
): Run {
  checkBuilt();
  const run = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    maxBuffer: 1 << 28,
    ...(input ? {input} : {}),
  });
  return {status: run.status, stdout: run.stdout.toString(), stderr: run.stderr.toString()};
}

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, {recursive: true, force: true});
});

/** A new folder for outputs, gone when the tests are over. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-'));
  folders.push(folder);
  return folder;
}
