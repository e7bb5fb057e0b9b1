/**
 * Bundles the files of `dist/` that import packages with what they import, after tsc: the readers of containers, scales
 * and shapes. So they load in every host, also one without node_modules, and users install nothing for them. The
 * notices that the packages' licences require are at the head of each file.
 */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const FILES = [
  'trace/containers/zstd.js',
  'trace/containers/protobuf.js',
  'trace/containers/flatbuffers.js',
  'pictures/d3/scales.js',
  'pictures/d3/shapes.js',
];

/** Where a package keeps its notice, unless in LICENSE. */
const NOTICES = {'@bufbuild/protobuf': 'dist/esm/wire/varint.js', flatbuffers: 'mjs/byte-buffer.js'};

for (const name of FILES) {
  const file = join(ROOT, 'dist', name);
  if (!existsSync(file)) {
    console.error(`bundle-packages: dist/${name} is missing: tsc wrote nothing`);
    process.exit(1);
  }
  const {outputFiles, metafile} = await build({
    entryPoints: [file],
    absWorkingDir: ROOT,
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  });
  writeFileSync(file, `${bannerOf(packagesIn(metafile))}\n${outputFiles[0].text}`);
}

/** Names of the packages with code in the output. */
function packagesIn({outputs}) {
  const used = Object.values(outputs).flatMap(({inputs}) => Object.entries(inputs));
  const names = used
    .filter(([, {bytesInOutput}]) => bytesInOutput > 0)
    .map(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names)].filter(name => name !== undefined).sort();
}

function bannerOf(packages) {
  const texts = packages.map(packageName => {
    const home = join(ROOT, 'node_modules', packageName);
    const {version, license} = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    return `Contains ${packageName} ${version}, ${license}.\n\n${noticeOf(packageName, home)}`;
  });
  const lines = texts.join('\n\n').trim().split('\n');
  return `/**\n${lines.map(line => ` * ${line}`.trimEnd()).join('\n')}\n */`;
}

/** A package's notice: its licence, or the first comment of its source. */
function noticeOf(packageName, home) {
  const text = readFileSync(join(home, NOTICES[packageName] ?? 'LICENSE'), 'utf8');
  const isSource = Object.hasOwn(NOTICES, packageName);
  return (isSource ? (/^(?:\/\/.*\n)+/.exec(text)?.[0].replace(/^\/\/ ?/gm, '') ?? '') : text).trim();
}
