/**
 * Bundles the command line, after tsc: `dist/cli/main.js` and the files that it loads when a command asks for them, and
 * a file for each of its workers. One file loads faster than the 250 modules that it is made of. The library stays as
 * tsc writes it.
 */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, dirname, join, relative, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {bannerOf, packagesIn} from './notices.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const OUT = join(DIST, 'cli');

/** Bundles of threads and processes by the files that they are made of. */
const WORKERS = {
  [join(DIST, 'planner', 'worker.js')]: 'planning-worker.js',
  [join(OUT, 'planning', 'analysis-worker.js')]: 'analysis-worker.js',
  [join(OUT, 'batch', 'analysis-process.js')]: 'analysis-process.js',
};

/** Loaded by few commands, with files of their own beside them. */
const EXTERNAL = ['cli-progress', 'comlink', 'open', 'bullmq', 'pg', 'ioredis', '@aws-sdk/client-s3'];

/** CommonJS packages inside a module need it for what Node provides. */
const REQUIRE =
  "import {createRequire} from 'node:module';\nconst require = createRequire(import.meta.url);\n";

const OPTIONS = {
  absWorkingDir: ROOT,
  outdir: OUT,
  write: false,
  metafile: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // names stay, so that the stack of a bug can be read
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'inline',
  logLevel: 'warning',
  // so that no path outside the repository gets into a bundle, wherever packages are linked from
  preserveSymlinks: true,
  external: EXTERNAL,
  plugins: [{name: 'addresses', setup: ({onLoad}) => onLoad({filter: /\.js$/, namespace: 'file'}, load)}],
};

/** A file of `dist/` with its addresses as seen from the bundle, and with notices that the minifier keeps. */
function load({path}) {
  if (!path.startsWith(DIST + sep)) return undefined;
  const contents = readFileSync(path, 'utf8')
    .replace(/new URL\((?:\/\*.*?\*\/\s*)*'(\.[^']*)', import\.meta\.url\)/g, (_, address) => {
      return `new URL(${JSON.stringify(addressOf(path, address))}, import.meta.url)`;
    })
    .replace(/^\/\*\*\n \* Contains /, '/*!\n * Contains ');
  return {contents, loader: 'js'};
}

/** An address beside `file` as seen from the bundle's folder. */
function addressOf(file, address) {
  const target = join(dirname(file), address);
  const path = WORKERS[target] ?? relative(OUT, target).replaceAll(sep, '/');
  const slash = address.endsWith('/') && !path.endsWith('/') ? '/' : '';
  return `${path.startsWith('.') ? '' : './'}${path}${slash}`;
}

function write({outputFiles, metafile}) {
  for (const {path, text} of outputFiles) {
    const packages = packagesIn(metafile.outputs[relative(ROOT, path).replaceAll(sep, '/')]);
    const [, first = '', rest] = /^(#!.*\n)?([\s\S]*)$/.exec(text);
    const notices = packages.length > 0 ? `${bannerOf(packages)}\n` : '';
    writeFileSync(path, `${first}${notices}${/typeof require\b/.test(rest) ? REQUIRE : ''}${rest}`);
  }
}

const main = join(OUT, 'main.js');
const missing = [main, ...Object.keys(WORKERS)].find(file => !existsSync(file));
if (missing !== undefined) {
  console.error(`bundle-cli: ${relative(ROOT, missing)} is missing: tsc wrote nothing`);
  process.exit(1);
}
const bundles = await Promise.all([
  build({
    ...OPTIONS,
    entryPoints: [main],
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    splitting: true,
  }),
  ...Object.entries(WORKERS).map(([file, name]) =>
    build({...OPTIONS, entryPoints: [{in: file, out: basename(name, '.js')}]}),
  ),
]);
// after the last one is read: the command has the name of a file that it is made of
bundles.forEach(write);
