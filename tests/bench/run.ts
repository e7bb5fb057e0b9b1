/** Runs `npm run bench` and reads its tables. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Milliseconds that a bench may take. */
const LIMIT = 600_000;

export function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: LIMIT,
    env: {...process.env, ...env},
  });
}

/** The cells of the row that has these cells, which are two spaces apart. */
export function cellsOf(table: string, ...start: readonly string[]): string[] {
  const rows = table.split('\n').map(line => line.trim().split(/ {2,}/));
  const row = rows.find(cells => start.every(text => cells.includes(text)));
  assert.ok(row, `no row of ${start.join(', ')} in\n${table}`);
  return row;
}
