/**
 * Bundles the readers of containers in `dist/trace/containers/` with the packages that they import, after tsc: so they
 * load in every host, also one without node_modules, and users install nothing for them. What the packages' licences
 * ask to be kept stands at the head of each file.
 */
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'dist', 'trace', 'containers');

/** File, the package in it, and the file with the notice that must be kept. */
const CONTAINERS = [
  ['zstd.js', 'fzstd', 'LICENSE'],
  ['protobuf.js', '@bufbuild/protobuf', 'dist/esm/wire/varint.js'],
  ['flatbuffers.js', 'flatbuffers', 'mjs/byte-buffer.js'],
];

for (const [name, packageName, notice] of CONTAINERS) {
  const file = join(FOLDER, name);
  if (!existsSync(file)) {
    console.error(`bundle-containers: dist/trace/containers/${name} is missing: tsc wrote nothing`);
    process.exit(1);
  }
  await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    legalComments: 'none',
    banner: {js: bannerOf(packageName, notice)},
    logLevel: 'warning',
  });
}

function bannerOf(packageName, notice) {
  const home = join(ROOT, 'node_modules', packageName);
  const {version, license} = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const text = readFileSync(join(home, notice), 'utf8');
  // of a source file, the comment that it begins with
  const kept =
    notice === 'LICENSE' ? text : (/^(?:\/\/.*\n)+/.exec(text)?.[0].replace(/^\/\/ ?/gm, '') ?? '');
  const lines = kept
    .trim()
    .split('\n')
    .map(line => ` * ${line}`.trimEnd());
  return `/**\n * Contains ${packageName} ${version}, ${license}.\n${kept === '' ? '' : ` *\n${lines.join('\n')}\n`} */`;
}
