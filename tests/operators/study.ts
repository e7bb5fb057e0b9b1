/** The graphs and models of the study of orders, which are beside the repository. */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ARCHIVE = fileURLToPath(new URL('../../../shared/reference/order/graphs.tgz', import.meta.url));

export function isStudyThere(): boolean {
  return existsSync(ARCHIVE);
}

/** Files of the archive by name. */
export function studyFiles(names: readonly string[]): Map<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-graphs-'));
  try {
    execFileSync('tar', ['xzf', ARCHIVE, '-C', folder]);
    return new Map(names.map(name => [name, readFileSync(join(folder, name))]));
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
