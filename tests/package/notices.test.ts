/** The licences of what is bundled: every file that carries code of a package carries its notice, the page's files too. */
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** Texts in the code of a package that no minifier changes, and that nothing else has. */
const MARKS: Readonly<Record<string, RegExp>> = {
  '@bufbuild/protobuf': /premature EOF|invalid varint/,
  comlink: /Comlink\.proxy/,
  commander: /enablePositionalOptions/,
  'd3-format': /invalid format: /,
  'd3-path': /invalid digits: |negative radius: /,
  flatbuffers: /FlatBuffers: /,
  fzstd: /invalid zstd data/,
  preact: /dangerouslySetInnerHTML/,
};

/** Those that the page must have, or the test looks at nothing. */
const OF_PAGE = ['comlink', 'd3-path', 'fzstd', 'preact'];
const PAGE = ['page/assets/page.js', 'page/stowage.html'];

const files = readdirSync(DIST, {recursive: true})
  .map(path => String(path).replaceAll('\\', '/'))
  .filter(path => /\.(js|html)$/.test(path) && path !== 'page/example.js')
  .sort();
const texts = new Map(files.map(path => [path, readFileSync(join(DIST, path), 'utf8')]));

/** The line of a licence that names the holder; undefined where it names none. */
function holderOf(packageName: string): string | undefined {
  const license = join(ROOT, 'node_modules', packageName, 'LICENSE');
  if (!existsSync(license)) return undefined;
  return readFileSync(license, 'utf8')
    .split('\n')
    .map(line => line.trim())
    .find(line => /^(\(c\) |The MIT .*)?Copyright (\(c\) )?\d{4}/i.test(line));
}

/** Packages with code in a text. */
const packagesIn = (text: string) => Object.keys(MARKS).filter(name => MARKS[name]!.test(text));

test('every file with code of a package names it, its version and its licence, and has its copyright line', () => {
  let carried = 0;
  for (const [path, text] of texts) {
    for (const name of packagesIn(text)) {
      const {version, license} = JSON.parse(
        readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'),
      );
      assert.ok(text.includes(`Contains ${name} ${version}, ${license}.`), `${path}: ${name}`);
      const holder = holderOf(name);
      if (holder !== undefined) assert.ok(text.includes(holder), `${path}: ${holder}`);
      carried++;
    }
  }
  assert.ok(carried >= OF_PAGE.length * PAGE.length, `${carried} found: the marks are out of date`);
  for (const path of PAGE)
    for (const name of OF_PAGE) assert.ok(packagesIn(texts.get(path)!).includes(name), `${path}: ${name}`);
});

test('the third-party notices name every package of every bundle, with its licence as a whole', () => {
  for (const [folder, within] of [
    ['', files],
    ['page', PAGE],
  ] as const) {
    const notices = readFileSync(join(DIST, folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const named = within.flatMap(path =>
      [...texts.get(path)!.matchAll(/^ \* Contains (\S+) \d/gm)].map(([, name]) => [path, name!] as const),
    );
    assert.ok(named.length > 0);
    for (const [path, name] of named) {
      const [, section] = new RegExp(`\\n${name} \\d[^\\n]*\\n(in [^\\n]*)`).exec(notices) ?? [];
      assert.ok(section?.includes(path), `${name} in ${path}`);
      const license = join(ROOT, 'node_modules', name, 'LICENSE');
      if (existsSync(license)) assert.ok(notices.includes(readFileSync(license, 'utf8').trimEnd()), name);
    }
  }
});

test('what compilers put into the modules is named', () => {
  const notices = readFileSync(join(DIST, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  assert.match(notices, /\nassemblyscript \S+, Apache-2\.0\nin .*core\.wasm/);
  assert.match(notices, /\nwabt \S+, Apache-2\.0\nin .*native\/core\.c/);
});

test('the report is a document without programs, and so without code of packages', async () => {
  const source = readFileSync(join(ROOT, 'bindings', 'report', 'html.ts'), 'utf8');
  assert.doesNotMatch(source, /<script/);
});
