/** Compiles a module of `assembly/` with some of its sources changed, without touching them. */
import {readFileSync} from 'node:fs';
import {relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FLAGS = ['--config', 'none', '--runtime', 'stub', '--use', 'abort=', '--noAssert'];
const UNCHECKED = ['--uncheckedBehavior', 'always'];

/** The change of a source. `file` from the root, with `/`; libraries are not asked about. */
export type Change = (file: string, text: string) => string;

/** @throws Error where it does not compile */
export async function compiled(
  entry: string,
  change: Change,
  options: readonly string[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const args = [entry, ...FLAGS, ...UNCHECKED, ...options, '--baseDir', ROOT, '-o', 'mutant.wasm'];
  const {error, stderr} = await asc.main(args, {
    readFile(name, base) {
      const path = resolve(base, name);
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch {
        return null;
      }
      return change(relative(ROOT, path).replaceAll('\\', '/'), text);
    },
    writeFile(_name, contents) {
      binary = new Uint8Array(contents as Uint8Array);
    },
  });
  if (error || !binary) throw new Error(`${entry}: ${error?.message}\n${stderr}`);
  return binary;
}
