/** The notices that licences of bundled packages require, as comments. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where a package keeps its notice, unless in LICENSE. */
const NOTICES = {'@bufbuild/protobuf': 'dist/esm/wire/varint.js', flatbuffers: 'mjs/byte-buffer.js'};

/** Names of the packages with code in an output of esbuild. */
export function packagesIn({inputs}) {
  const names = Object.entries(inputs)
    .filter(([, {bytesInOutput}]) => bytesInOutput > 0)
    .map(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names)].filter(name => name !== undefined).sort();
}

/** A comment with the notices of packages. */
export function bannerOf(packages) {
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
