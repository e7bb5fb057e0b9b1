/**
 * Writes `dist/THIRD-PARTY-NOTICES.txt` and `dist/page/THIRD-PARTY-NOTICES.txt`, after all bundles are made: each package
 * with code in them, where it is, and its licence. The bundles name their packages at their heads.
 */
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {titleOf} from './notices.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const NAME = 'THIRD-PARTY-NOTICES.txt';

/** Compilers that put parts of their own into what they make. */
const COMPILERS = {
  assemblyscript:
    /^(core|runtime(\.shared)?)\.wasm$|^(core|runtime)\/.*-wasm\.js$|^js\/core-js\.js$|^native\/(core|runtime)\.(c|inc)$|^cli\/main\.js$|^page\/(planning\.js|stowage\.html)$/,
  wabt: /^native\/(core|runtime)\.(c|h|inc)$/,
};

/** Files of `dist/` by the packages with code in them. */
function usesIn(files) {
  const uses = new Map();
  const add = (packageName, file) => uses.set(packageName, [...(uses.get(packageName) ?? []), file]);
  for (const file of files) {
    for (const [compiler, made] of Object.entries(COMPILERS)) if (made.test(file)) add(compiler, file);
    if (!/\.(js|html)$/.test(file)) continue;
    const text = readFileSync(join(DIST, file), 'utf8');
    const found = [...text.matchAll(/^ \* Contains (\S+) \d[^\n]*\.$/gm)].map(
      ([, packageName]) => packageName,
    );
    for (const packageName of new Set(found)) add(packageName, file);
  }
  return new Map([...uses].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The licence, and the notice beside it; a text that several packages have is given once. */
function textOf(uses) {
  const known = new Map();
  const sections = [...uses].map(([packageName, files]) => {
    const home = join(ROOT, 'node_modules', packageName);
    const license = ['LICENSE', 'NOTICE'].map(name => join(home, name)).filter(path => existsSync(path));
    const own = license.map(path => readFileSync(path, 'utf8').trimEnd()).join('\n\n');
    // packages under Apache-2.0 that carry no text of it: that of this repository holds
    const text = own === '' ? readFileSync(join(ROOT, 'LICENSE'), 'utf8').trimEnd() : own;
    const before = known.get(text);
    known.set(text, before ?? packageName);
    const body = before === undefined ? text : `The licence is the text under ${before}.`;
    return `${titleOf(packageName)}\nin ${files.join(', ')}\n\n${body}`;
  });
  const head =
    'Code of these packages is in the files named below. All else is under the licence of stowage itself.';
  return `${[head, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

const files = readdirSync(DIST, {recursive: true})
  .map(path => path.replaceAll('\\', '/'))
  .sort();
writeFileSync(join(DIST, NAME), textOf(usesIn(files)));
const ofPage = usesIn(files.filter(file => file.startsWith('page/')));
writeFileSync(join(DIST, 'page', NAME), textOf(ofPage));
