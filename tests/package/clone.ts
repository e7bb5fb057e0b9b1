/** Where the programs of documents are run. */
import assert from 'node:assert/strict';
import {cpSync, existsSync, mkdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {newFolder} from '../cli/stowage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');

/** A folder like a clone: the examples, and the package where `import` finds it. */
export function clone(): string {
  assert.ok(existsSync(MAIN), 'dist is missing: run `npm run build` first');
  const folder = newFolder();
  cpSync(join(ROOT, 'examples'), join(folder, 'examples'), {recursive: true});
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'stowage'), 'junction');
  return folder;
}
