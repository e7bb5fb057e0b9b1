/**
 * Builds the page of `web/` into `dist/page/`: `index.html` with its assets, for any web server and any folder of it, and
 * `stowage.html`, all of it in one file that works without a server. Both carry the program of the workers as text, which
 * they start from a blob: so the page's policy, which allows no connection, holds in the workers too. What the first picture does not
 * need is beside the page, or inert in the single file: the example, and the programs of the workers that plan, that hold a run
 * and that read its recordings.
 */
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build as bundle} from 'esbuild';
import {build} from 'vite';
import {bannerOf, packageOf, packagesIn} from './notices.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WEB = join(ROOT, 'web');
const OUT = join(ROOT, 'dist', 'page');
const {version: VERSION} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/**
 * A program of workers, minified, and the packages in it; with threads as the page starts them, and without seats elsewhere.
 */
async function workerSource(entry, plugins = []) {
  const {outputFiles, metafile} = await bundle({
    entryPoints: [join(WEB, 'worker', entry)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    charset: 'utf8',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    define: {STOWAGE_VERSION: JSON.stringify(VERSION)},
    plugins: [
      ...plugins,
      {
        name: 'core-as-characters',
        setup({onLoad}) {
          onLoad({filter: /\/core\/core-wasm\.ts$/}, () => ({contents: coreAsCharacters()}));
        },
      },
      {
        name: 'stand-ins',
        setup({onResolve}) {
          onResolve({filter: /^d3-(interpolate|format)$/}, ({path}) => ({path: STAND_INS[path]}));
        },
      },
      {
        name: 'threads-of-the-page',
        setup({onResolve}) {
          onResolve({filter: /\/thread\.ts$/}, () => ({path: join(WEB, 'worker', 'threads.ts')}));
          onResolve({filter: /\/seats\/[\w-]+\.ts$/}, () => ({path: join(WEB, 'worker', 'no-seats.ts')}));
        },
      },
    ],
  });
  return {text: outputFiles[0].text, packages: packagesIn(Object.values(metafile.outputs)[0])};
}

/** The importers of models are a tenth of the page, and few files are models: the program that has them is loaded with the first. */
const NO_MODELS = {
  name: 'no-models',
  setup({onResolve}) {
    onResolve({filter: /\/(onnx\/onnx|tflite\/tflite)\.ts$/}, () => ({
      path: join(WEB, 'worker', 'no-models.ts'),
    }));
  },
};

/**
 * The core's module as a text of one character per byte. A server compresses the page, and so it compresses the bytes
 * themselves: 35 kB, where hexadecimal digits take 38 and base64, whose characters do not keep to bytes, 47. Characters
 * begin at '#', so that the frequent bytes, which are small, need no escape.
 */
function coreAsCharacters() {
  const first = '#'.charCodeAt(0);
  const bytes = readFileSync(join(ROOT, 'build', 'release.wasm'));
  const text = Array.from(bytes, byte => String.fromCharCode(byte + first)).join('');
  return `const text = ${JSON.stringify(text)};
let bytes = '';
for (let i = 0; i < text.length; i++) bytes += String.fromCharCode(text.charCodeAt(i) - ${first});
export const CORE_WASM_BASE64 = btoa(bytes);`;
}

/** Modules in place of what d3-scale imports and the page does not use: color spaces and texts of numbers, 9 kB with both copies. */
const STAND_INS = {
  'd3-interpolate': join(WEB, 'interpolate.ts'),
  'd3-format': join(WEB, 'no-format.ts'),
};

/** Modules that the build makes. */
function virtual(modules) {
  return {
    name: 'virtual',
    resolveId: id => (Object.hasOwn(modules, id) ? `\0${id}` : undefined),
    load: id => (id.startsWith('\0') ? modules[id.slice(1)] : undefined),
  };
}

/** @returns the packages in it */
async function buildPage(worker) {
  const {output} = await build({
    root: WEB,
    configFile: false,
    base: './',
    logLevel: 'warn',
    plugins: [virtual({'virtual:worker': `export default ${JSON.stringify(worker)};`})],
    resolve: {alias: STAND_INS},
    build: {
      outDir: OUT,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: false,
      rollupOptions: {
        output: {
          entryFileNames: 'assets/page.js',
          assetFileNames: 'assets/page[extname]',
          codeSplitting: false,
        },
      },
    },
  });
  const modules = output.flatMap(({modules = {}}) => Object.entries(modules));
  return modules.filter(([, {renderedLength}]) => renderedLength > 0).map(([path]) => packageOf(path));
}

/** Puts the notices of the packages at the head of a script, which may carry a workers' program, too. */
function writeNotices(packages, file) {
  const names = [...new Set(packages)].filter(name => name !== undefined).sort();
  const script = join(OUT, file);
  writeFileSync(script, `${bannerOf(names)}\n${readFileSync(script, 'utf8')}`);
}

/** Scripts that the page loads on demand, by name: a script needs no permission to connect. */
function writeParts(parts) {
  for (const [name, text] of Object.entries(parts))
    writeFileSync(
      join(OUT, `${name}.js`),
      `(globalThis.stowageParts ??= {}).${name} = ${JSON.stringify(text)};\n`,
    );
}

/** As the content of an element `script`. */
function withinScript(text) {
  return text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}

/** Everything within one file; the policy names its script and its style by their digests. */
function writeSingleFile(parts) {
  const html = readFileSync(join(OUT, 'index.html'), 'utf8');
  const script = withinScript(readFileSync(join(OUT, 'assets', 'page.js'), 'utf8'));
  const style = readFileSync(join(OUT, 'assets', 'page.css'), 'utf8').replaceAll('</style', '<\\/style');
  const digest = text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const inert = Object.entries(parts).map(
    ([name, text]) => `<script type="application/octet-stream" id="${name}">${withinScript(text)}</script>\n`,
  );
  const single = html
    .replace(/<script type="module"[^>]*><\/script>/, '')
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
    .replace("script-src 'self'", () => `script-src ${digest(script)}`)
    .replace("style-src 'self'", () => `style-src ${digest(style)}`)
    .replace('</body>', () => `${inert.join('')}<script type="module">${script}</script>\n</body>`);
  writeFileSync(join(OUT, 'stowage.html'), single);
}

rmSync(OUT, {recursive: true, force: true});
mkdirSync(OUT, {recursive: true});
const example = readFileSync(join(ROOT, 'examples', 'out-of-memory.pickle.gz')).toString('base64');
const worker = await workerSource('file-entry.ts', [NO_MODELS]);
const loaded = {
  planning: await workerSource('planning-entry.ts'),
  run: await workerSource('run-entry.ts'),
  rank: await workerSource('rank-entry.ts'),
  models: await workerSource('file-entry.ts'),
};
const packages = Object.values(loaded).flatMap(({packages}) => packages);
writeNotices([...worker.packages, ...packages, ...(await buildPage(worker.text))], 'assets/page.js');
const texts = Object.entries(loaded).map(([name, {text}]) => [name, text]);
const parts = {example, ...Object.fromEntries(texts)};
writeParts(parts);
for (const [name, {packages}] of Object.entries(loaded)) writeNotices(packages, `${name}.js`);
writeSingleFile(parts);
const odd = readdirSync(join(OUT, 'assets')).filter(name => !/^page\.(js|css)$/.test(name));
if (odd.length > 0) {
  console.error(`build-page: unexpected assets: ${odd.join(', ')}`);
  process.exit(1);
}
