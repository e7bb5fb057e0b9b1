/** The notices that licences of bundled packages require, as comments. */
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Where a package keeps its notice, unless in LICENSE: those under Apache-2.0, whose text is in this repository's own
 * LICENSE and in the third-party notices (`third-party.mjs`).
 */
const NOTICES = {
  '@bufbuild/protobuf': 'dist/esm/wire/varint.js',
  comlink: 'dist/esm/comlink.mjs',
  flatbuffers: 'mjs/byte-buffer.js',
};

/** Names of the packages with code in an output of esbuild. */
export function packagesIn({inputs}) {
  const names = Object.entries(inputs)
    .filter(([, {bytesInOutput}]) => bytesInOutput > 0)
    .map(([path]) => packageOf(path));
  return [...new Set(names)].filter(name => name !== undefined).sort();
}

/** Name of the package that a module is of; undefined for one of this repository. */
export function packageOf(path) {
  return /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1].replaceAll('\\', '/');
}

/** A comment with the notices of packages. */
export function bannerOf(packages) {
  const texts = packages.map(packageName => {
    const home = join(ROOT, 'node_modules', packageName);
    return `Contains ${titleOf(packageName)}.\n\n${noticeOf(packageName, home)}`.trim();
  });
  const lines = texts.join('\n\n').trim().split('\n');
  return `/**\n${lines.map(line => ` * ${line}`.trimEnd()).join('\n')}\n */`;
}

/** Name, version and licence. */
export function titleOf(packageName) {
  const {version, license} = JSON.parse(
    readFileSync(join(ROOT, 'node_modules', packageName, 'package.json'), 'utf8'),
  );
  return `${packageName} ${version}, ${license}`;
}

/** A package's notice: its licence; under Apache-2.0 the first comment of its source, and the holder that its licence names. */
function noticeOf(packageName, home) {
  const license = join(home, 'LICENSE');
  const text = existsSync(license) ? readFileSync(license, 'utf8') : '';
  if (!Object.hasOwn(NOTICES, packageName)) return text.trim();
  const source = readFileSync(join(home, NOTICES[packageName]), 'utf8');
  const [comment = ''] = /^(?:\/\/.*\n)+|^\/\*[\s\S]*?\*\//.exec(source) ?? [];
  const [holder = ''] = /^ *Copyright \d{4} .*$/m.exec(text) ?? [];
  return `${holder.trim()}\n${comment.replace(/^(?:\/\*\*?|\/\/| \*\/?) ?/gm, '').trim()}`.trim();
}
