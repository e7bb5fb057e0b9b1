/**
 * Keeps the directions of imports that ARCHITECTURE.md draws. A folder has a row; its subfolders belong to it unless they
 * have rows of their own. A row lists all folders that it imports, and these are rows below it: so nothing imports upward
 * or in a circle. What a row permits and no file uses fails, too.
 */
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {join, posix} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';
import {importsOf, parse} from './package/modules.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Top to bottom. Of the page, names of other folders of `web/` begin with `web/`, all others are of `bindings/`. */
const FOLDERS: readonly (readonly [folder: string, imports: string])[] = [
  // the page
  ['web', 'web/parts web/state'],
  [
    'web/parts',
    'web/state web/worker web/canvas web/views web/document allocators compare pictures calls explain model',
  ],
  ['web/state', 'web/worker web/canvas web/views web/document ranks calls explain model'],
  [
    'web/worker',
    'web/canvas web/views web/document . ranks report pictures compare allocators trace/importers planner core model',
  ],
  ['web/canvas', 'pictures pictures/d3 model'],
  ['web/views', 'web/document . report pictures compare model'],
  ['web/document', '. pictures allocators trace explain model'],
  // the command line is a user of the entries, like the page
  ['bindings/cli', 'cli/commands cli/io .'],
  [
    'bindings/cli/commands',
    'cli/queue cli/batch cli/text cli/planning cli/io . ranks report allocators model',
  ],
  ['bindings/cli/queue', 'cli/batch cli/io . model'],
  ['bindings/cli/batch', 'cli/planning cli/io . ranks model'],
  ['bindings/cli/text', 'cli/planning cli/io . report allocators model'],
  ['bindings/cli/planning', 'cli/io . ranks model'],
  ['bindings/cli/io', '. model'],
  // the entries of the package
  [
    'bindings',
    'tfjs runtime artifacts ranks report pictures compare calls evidence behaviour trace/importers trace js explain operators/fit operators/order operators symbolic stay planner concurrency model',
  ],
  ['bindings/tfjs', 'runtime planner model'],
  ['bindings/runtime', 'symbolic planner model'],
  ['bindings/artifacts', 'symbolic planner trace/importers trace trace/containers model'],
  ['bindings/ranks', 'report pictures allocators compare evidence behaviour trace model'],
  ['bindings/report', 'pictures allocators calls evidence behaviour trace/importers trace model'],
  ['bindings/pictures', 'pictures/d3 allocators calls behaviour trace model'],
  ['bindings/pictures/d3', ''],
  ['bindings/allocators', 'evidence trace model'],
  ['bindings/compare', 'calls evidence behaviour trace model'],
  ['bindings/evidence', 'trace trace/importers model'],
  ['bindings/calls', 'behaviour trace model'],
  ['bindings/behaviour', 'trace model'],
  ['bindings/trace/importers', 'trace trace/containers operators model'],
  ['bindings/trace', 'trace/containers model'],
  ['bindings/trace/containers', 'model'],
  ['bindings/js', 'planner'],
  ['bindings/explain', 'planner model'],
  ['bindings/operators/fit', 'operators planner model'],
  ['bindings/operators/order', 'operators planner model'],
  ['bindings/stay', 'planner constraints model'],
  ['bindings/operators', 'model'],
  ['bindings/symbolic', 'planner model'],
  ['bindings/planner', 'concurrency constraints core model'],
  ['bindings/concurrency', 'constraints model'],
  ['bindings/constraints', 'model'],
  ['bindings/core', 'model'],
  ['bindings/model', ''],
  // the core and the runtime: two modules of WebAssembly
  ['assembly', 'heuristics exact beam class-sweep lns local-search search problem memory'],
  ['assembly/heuristics', 'placement problem memory'],
  ['assembly/exact', 'problem search memory'],
  ['assembly/beam', 'problem search memory'],
  ['assembly/class-sweep', 'placement problem search memory'],
  ['assembly/lns', 'placement problem search memory'],
  ['assembly/local-search', 'placement problem search memory'],
  ['assembly/placement', 'problem search memory'],
  ['assembly/problem', 'memory'],
  ['assembly/search', 'memory'],
  ['assembly/runtime', 'memory'],
  ['assembly/memory', ''],
];

/** Packages and Node modules that a folder may import. The others run in every host. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  'bindings/cli': /^(commander|node:module)$/,
  'bindings/cli/commands': /^(node:.+|commander|open)$/,
  // optional peers, and their types
  'bindings/cli/queue': /^(node:.+|bullmq|pg|ioredis)$/,
  'bindings/cli/batch': /^(node:.+|tinyglobby|@aws-sdk\/client-s3)$/,
  'bindings/cli/planning': /^(node:.+|comlink.*)$/,
  'bindings/cli/io': /^(node:.+|cli-progress)$/,
  // bundled by the build
  'bindings/trace/containers': /^(fzstd|flatbuffers|@bufbuild\/protobuf\/wire)$/,
  'bindings/pictures/d3': /^d3-(scale|shape)$/,
  // its types: the host is asked for it at run time
  'bindings/trace': /^node:zlib$/,
  // loaded at run time, where the host has no Web Workers
  'bindings/planner': /^node:worker_threads$/,
  // bundled by the build
  web: /^preact(\/hooks)?$/,
  'web/parts': /^preact(\/hooks)?$/,
  'web/state': /^(preact\/hooks|virtual:worker)$/,
  'web/worker': /^comlink$/,
};

/** Folders that may use `WebAssembly`, and those that may name its types. */
const WASM_VALUES = ['bindings/core', 'bindings/runtime'];
const WASM_TYPES = [...WASM_VALUES, 'bindings/planner'];

/** A verifier imports nothing of what it checks: only how a problem is written down, and other parts of a verifier. */
const VERIFIERS: Readonly<Record<string, string>> = {
  'assembly/verify.ts': 'assembly/memory',
  'bindings/concurrency/verify.ts': 'bindings/model',
  'bindings/constraints/verify.ts': 'bindings/model',
  'bindings/operators/verify.ts': 'bindings/model',
  'bindings/constraints/verify-overlaps.ts': 'bindings/model',
  'bindings/constraints/verify-parts.ts': 'bindings/model',
  'bindings/constraints/verify-ties.ts': 'bindings/model',
  'bindings/operators/fit/verify.ts': 'bindings/model',
  'bindings/symbolic/verify.ts': 'bindings/model',
  'bindings/constraints/verify-windows.ts': 'bindings/model',
};

interface Module {
  /** From the root, with `/`. */
  readonly file: string;
  readonly folder: string;
  readonly source: ts.SourceFile;
  /** Folders of this repository that it imports, other than its own. */
  readonly inside: readonly string[];
  /** Packages and Node modules that it imports. */
  readonly outside: readonly string[];
}

const ROWS = new Map(FOLDERS.map(([folder, imports]) => [folder, allowedOf(folder, imports)]));
const MODULES = ['assembly', 'bindings', 'web'].flatMap(modulesIn);

function allowedOf(folder: string, imports: string): string[] {
  const top = folder.startsWith('assembly') ? 'assembly' : 'bindings';
  const names = imports.split(' ').filter(name => name !== '');
  return names.map(name => (name.startsWith('web/') ? name : posix.join(top, name)));
}

function modulesIn(top: string): Module[] {
  return readdirSync(join(ROOT, top), {recursive: true, encoding: 'utf8'})
    .map(name => posix.join(top, name.replaceAll('\\', '/')))
    .filter(file => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .map(file => {
      const source = parse(join(ROOT, file));
      const specifiers = importsOf(source).filter(specifier => !specifier.endsWith('.css'));
      const folder = folderOf(file);
      const targets = specifiers
        .filter(specifier => specifier.startsWith('.'))
        .map(specifier => folderOf(posix.join(posix.dirname(file), specifier)));
      return {
        file,
        folder,
        source,
        inside: [...new Set(targets)].filter(target => target !== folder),
        outside: specifiers.filter(specifier => !specifier.startsWith('.')),
      };
    });
}

/** The nearest folder above a file that has a row; the folder itself where none has. */
function folderOf(file: string): string {
  const own = posix.dirname(file);
  for (let folder = own; folder !== '.'; folder = posix.dirname(folder)) {
    if (ROWS.has(folder)) return folder;
  }
  return own;
}

test('folders import only the folders in their rows', () => {
  const strayed = MODULES.flatMap(({file, folder, inside}) =>
    inside.filter(other => !ROWS.get(folder)?.includes(other)).map(other => `${file} → ${other}`),
  );
  assert.deepEqual(strayed, [], 'add the folder to tests/architecture.test.ts and to ARCHITECTURE.md');
});

test('a row lists only rows below it', () => {
  const order = [...ROWS.keys()];
  const upward = [...ROWS].flatMap(([folder, imports]) =>
    imports
      .filter(other => order.indexOf(other) <= order.indexOf(folder))
      .map(other => `${folder} → ${other}`),
  );
  assert.deepEqual(upward, []);
});

test('every import that a row permits is used', () => {
  const unused = [...ROWS].flatMap(([folder, imports]) => {
    const used = new Set(MODULES.filter(module => module.folder === folder).flatMap(({inside}) => inside));
    return imports.filter(other => !used.has(other)).map(other => `${folder} → ${other}`);
  });
  assert.deepEqual(unused, []);
});

test('packages and Node modules are imported only where they may be, and all that may be are', () => {
  const strayed = MODULES.flatMap(({file, folder, outside}) =>
    outside.filter(name => !PACKAGES[folder]?.test(name)).map(name => `${file} → ${name}`),
  );
  assert.deepEqual(strayed, []);
  const users = new Set(MODULES.filter(({outside}) => outside.length > 0).map(({folder}) => folder));
  assert.deepEqual(Object.keys(PACKAGES).sort(), [...users].sort());
});

test('no file imports itself by a detour', () => {
  const imports = new Map(MODULES.map(({file, source}) => [file, filesImportedBy(file, source)]));
  const done = new Set<string>();
  const cycleFrom = (file: string, path: readonly string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ');
    if (done.has(file)) return undefined;
    const cycles = imports.get(file)?.map(next => cycleFrom(next, [...path, file]));
    done.add(file);
    return cycles?.find(cycle => cycle !== undefined);
  };
  const cycles = MODULES.map(({file}) => cycleFrom(file, [])).filter(cycle => cycle !== undefined);
  assert.deepEqual(cycles, []);
});

function filesImportedBy(file: string, source: ts.SourceFile): string[] {
  return importsOf(source)
    .filter(specifier => specifier.startsWith('.'))
    .map(specifier => posix.join(posix.dirname(file), specifier).replace(/(\.tsx?)?$/, end => end || '.ts'));
}

test('a verifier shares no code with the solver that it checks', () => {
  for (const [file, allowed] of Object.entries(VERIFIERS)) {
    const {inside, source} = MODULES.find(module => module.file === file)!;
    const siblings = filesImportedBy(file, source).filter(
      other => posix.dirname(other) === posix.dirname(file) && VERIFIERS[other] === undefined,
    );
    assert.deepEqual([inside, siblings], [[allowed], []], file);
  }
});

test('WebAssembly is used by core/ and runtime/ alone', () => {
  const strayed = MODULES.filter(({file}) => file.startsWith('bindings/')).flatMap(
    ({file, folder, source}) => {
      const {values, types} = mentionsOf('WebAssembly', source);
      const strays = [values > 0 && !WASM_VALUES.includes(folder), types > 0 && !WASM_TYPES.includes(folder)];
      return strays.includes(true) ? [file] : [];
    },
  );
  assert.deepEqual(strayed, []);
});

/** How often a name is used in values and in types. */
function mentionsOf(name: string, source: ts.SourceFile): {values: number; types: number} {
  const found = {values: 0, types: 0};
  const visit = (node: ts.Node, inType: boolean): void => {
    if (ts.isIdentifier(node) && node.text === name) found[inType ? 'types' : 'values']++;
    ts.forEachChild(node, child => visit(child, inType || ts.isTypeNode(node)));
  };
  visit(source, false);
  return found;
}
