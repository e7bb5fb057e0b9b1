/**
 * Bundles the files of `dist/` that import packages with what they import, after tsc: the readers of containers, scales
 * and shapes. So they load in every host, also one without node_modules, and users install nothing for them. The
 * notices that the packages' licences require are at the head of each file.
 */
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {bannerOf, packagesIn} from './notices.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const FILES = [
  'trace/containers/zstd.js',
  'trace/containers/protobuf.js',
  'trace/containers/flatbuffers.js',
  'pictures/d3/scales.js',
  'pictures/d3/shapes.js',
];

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
  writeFileSync(file, `${bannerOf(packagesIn(Object.values(metafile.outputs)[0]))}\n${outputFiles[0].text}`);
}
