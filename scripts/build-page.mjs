/**
 * Builds the page of `web/` into `dist/page/`: `index.html` with its assets, for any web server and any folder of it, and
 * `stowage.html`, all of it in one file that works without a server. Both carry the program of the workers as text, which
 * they start from a blob: so the page's policy, which allows no connection, holds in the workers too.
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

/** The workers' program, minified, and the packages in it; without the code that starts threads, since the page has workers of its own. */
async function workerSource() {
  const {outputFiles, metafile} = await bundle({
    entryPoints: [join(WEB, 'worker', 'entry.ts')],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    charset: 'utf8',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [
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
        name: 'no-thread',
        setup({onResolve}) {
          onResolve({filter: /\/thread\.ts$/}, () => ({path: join(WEB, 'worker', 'no-thread.ts')}));
        },
      },
    ],
  });
  return {text: outputFiles[0].text, packages: packagesIn(Object.values(metafile.outputs)[0])};
}

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

/** Puts the notices of the packages at the head of the script, which carries the workers' program, too. */
function writeNotices(packages) {
  const names = [...new Set(packages)].filter(name => name !== undefined).sort();
  const script = join(OUT, 'assets', 'page.js');
  writeFileSync(script, `${bannerOf(names)}\n${readFileSync(script, 'utf8')}`);
}

/** The example as a script that the page loads on demand: a script needs no permission to connect. */
function writeExample(base64) {
  writeFileSync(join(OUT, 'example.js'), `globalThis.stowageExample = '${base64}';\n`);
}

/** Everything within one file; the policy names its script and its style by their digests. */
function writeSingleFile(base64) {
  const html = readFileSync(join(OUT, 'index.html'), 'utf8');
  const script = readFileSync(join(OUT, 'assets', 'page.js'), 'utf8')
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--');
  const style = readFileSync(join(OUT, 'assets', 'page.css'), 'utf8').replaceAll('</style', '<\\/style');
  const digest = text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const single = html
    .replace(/<script type="module"[^>]*><\/script>/, '')
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
    .replace("script-src 'self'", () => `script-src ${digest(script)}`)
    .replace("style-src 'self'", () => `style-src ${digest(style)}`)
    .replace(
      '</body>',
      () =>
        `<script type="application/octet-stream" id="example">${base64}</script>\n<script type="module">${script}</script>\n</body>`,
    );
  writeFileSync(join(OUT, 'stowage.html'), single);
}

rmSync(OUT, {recursive: true, force: true});
mkdirSync(OUT, {recursive: true});
const example = readFileSync(join(ROOT, 'examples', 'out-of-memory.pickle.gz')).toString('base64');
const worker = await workerSource();
writeNotices([...worker.packages, ...(await buildPage(worker.text))]);
writeExample(example);
writeSingleFile(example);
const odd = readdirSync(join(OUT, 'assets')).filter(name => !/^page\.(js|css)$/.test(name));
if (odd.length > 0) {
  console.error(`build-page: unexpected assets: ${odd.join(', ')}`);
  process.exit(1);
}
