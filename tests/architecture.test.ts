/**
 * Keeps the import directions of ARCHITECTURE.md. A new file needs a line here before anything else: which room it is,
 * and which rooms it may import.
 */
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {join, posix} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';
import {importsOf, parse} from './package/modules.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const MEMORY = ['layout', 'arena', 'column', 'status'];
const TIME = ['sweep', 'sort', 'paint', ...MEMORY];
const PLACING = ['placement', 'runs', 'lines', 'contained', 'order', ...TIME];

const RUNTIME_WORDS = ['runtime/worker', 'runtime/status', 'column'];
const RUNTIME_PARTS = [
  'runtime/due',
  'runtime/places',
  'runtime/guard',
  'runtime/heap',
  'runtime/record',
  ...RUNTIME_WORDS,
];
const RUNTIME = [
  'runtime/malloc',
  'runtime/free',
  'runtime/find',
  'runtime/check',
  'runtime/plan',
  'runtime/queue',
  ...RUNTIME_PARTS,
];

/** The core: one room per file of assembly/. */
const CORE: Readonly<Record<string, readonly string[]>> = {
  index: [
    'classes',
    'exact',
    'local',
    'windows',
    'portfolio',
    'search',
    'heuristics',
    'bounds',
    'verify',
    'boundary',
    ...TIME,
  ],
  exact: [
    'descent',
    'probe',
    'partial',
    'ranking',
    'recipes',
    'partition',
    'search',
    'random',
    'bounds',
    'order',
    ...TIME,
  ],
  descent: ['probe', 'partial', 'ranking', 'recipes', 'partition', 'random', ...MEMORY],
  probe: ['parts', 'frames', 'lift', 'partial', 'symmetry', 'ranking', 'partition', ...MEMORY],
  parts: ['frames', 'partial', ...MEMORY],
  frames: ['partial', ...MEMORY],
  symmetry: ['lift', 'partial', ...MEMORY],
  lift: ['partial', ...MEMORY],
  partial: ['ranking', 'partition', ...MEMORY],
  ranking: ['partition', 'random', 'recipes', 'sort', ...MEMORY],
  recipes: ['random', ...MEMORY],
  partition: ['order', 'sweep', ...MEMORY],
  local: ['moves', 'packing', 'starts', 'random', 'search', ...TIME],
  windows: ['choice', 'freed', 'standing', 'random', 'search', ...MEMORY],
  choice: ['freed', 'standing', 'line', 'random', 'sweep', ...MEMORY],
  freed: ['standing', 'line', 'random', 'sweep', ...MEMORY],
  standing: ['line', 'order', 'sort', 'sweep', ...MEMORY],
  moves: ['packing', 'line', 'random', 'sort', ...MEMORY],
  packing: ['line', 'placement', ...MEMORY],
  line: ['random', 'sweep', ...MEMORY],
  starts: ['order', 'sort', ...MEMORY],
  classes: ['shake', 'strategies', 'pass', 'items', 'random', 'search', ...MEMORY],
  shake: ['items', 'random', ...MEMORY],
  strategies: ['items', 'sort', ...MEMORY],
  pass: ['items', 'fit', 'splice', 'segments', ...MEMORY],
  items: ['placement', 'order', 'sweep', 'sort', ...MEMORY],
  fit: ['segments', ...MEMORY],
  splice: ['segments', 'pool', ...MEMORY],
  segments: ['pool', ...MEMORY],
  pool: ['arena'],
  search: MEMORY,
  random: MEMORY,
  portfolio: ['heuristics', ...MEMORY],
  heuristics: ['stack', 'online', 'greedy', 'skyline', 'gergov', 'placement', 'order', ...MEMORY],
  stack: PLACING,
  greedy: PLACING,
  online: ['greedy', ...PLACING],
  skyline: PLACING,
  gergov: PLACING,
  placement: ['sweep', ...MEMORY],
  runs: MEMORY,
  lines: MEMORY,
  contained: ['sweep', 'sort', ...MEMORY],
  order: ['sweep', 'sort', ...MEMORY],
  bounds: TIME,
  paint: ['sweep', ...MEMORY],
  sweep: ['sort', ...MEMORY],
  sort: ['arena', 'column'],
  // shares nothing with what it checks
  verify: ['boundary', ...MEMORY],
  boundary: ['layout'],
  layout: ['arena'],
  arena: ['status'],
  column: [],
  status: [],
  // the runtime is a module of its own, which shares columns with the core and nothing else
  'runtime/index': RUNTIME,
  'runtime/malloc': ['runtime/find', 'runtime/free', ...RUNTIME_PARTS],
  'runtime/free': ['runtime/queue', ...RUNTIME_PARTS],
  'runtime/find': RUNTIME_PARTS,
  'runtime/check': RUNTIME_PARTS,
  'runtime/plan': RUNTIME_PARTS,
  'runtime/record': ['runtime/heap', ...RUNTIME_WORDS],
  'runtime/due': ['runtime/places', ...RUNTIME_WORDS],
  'runtime/places': RUNTIME_WORDS,
  'runtime/guard': RUNTIME_WORDS,
  'runtime/heap': RUNTIME_WORDS,
  'runtime/queue': [],
  'runtime/worker': ['runtime/status'],
  'runtime/status': [],
};

/** The bindings: a room is a file, or all of a folder that has no line of its own. */
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  'cli/': [
    'cli/',
    'report/index',
    'allocators/index',
    'artifacts/index',
    'trace/index',
    'index',
    'problem',
    'quantities',
    'errors',
  ],
  // of the planner it knows the types alone: it is given plans
  'report/index': ['report/', 'pictures/index'],
  'report/': [
    'report/',
    'pictures/index',
    'allocators/index',
    'trace/index',
    'index',
    'load',
    'problem',
    'quantities',
  ],
  'pictures/index': ['pictures/', 'pictures/scales'],
  'pictures/': [
    'pictures/',
    'pictures/scales',
    'pictures/shapes',
    'allocators/index',
    'trace/index',
    'load',
    'problem',
    'quantities',
  ],
  // bundled with their packages, so they may import nothing else but types
  'pictures/scales': ['pictures/'],
  'pictures/shapes': [],
  // of the planner it knows the types alone: who writes an artifact hands one in, to verify what is written
  'artifacts/index': ['artifacts/', 'errors'],
  'artifacts/': [
    'artifacts/',
    'trace/importers/',
    'trace/containers/types',
    'planner',
    'plan',
    'problem',
    'errors',
  ],
  'allocators/index': ['allocators/'],
  'allocators/': ['allocators/', 'trace/', 'problem', 'errors'],
  'trace/index': ['behaviour/index', 'compare/index', 'trace/importers/', 'trace/', 'problem', 'errors'],
  // from a trace, whoever imported it
  'behaviour/index': ['behaviour/'],
  'behaviour/': ['behaviour/', 'trace/'],
  'compare/index': ['compare/'],
  'compare/': ['compare/', 'behaviour/', 'trace/', 'problem', 'errors'],
  'trace/importers/': [
    'trace/importers/',
    'trace/containers/load',
    'trace/containers/types',
    'trace/',
    'problem',
    'errors',
  ],
  // loads the readers of containers when they are needed, so nothing else may load them
  'trace/containers/load': ['trace/containers/', 'errors'],
  'trace/containers/': ['trace/containers/types'],
  'trace/containers/types': [],
  'trace/': ['trace/containers/load', 'trace/', 'problem', 'errors'],
  'runtime/runtime-wasm': [],
  // of the planner it knows the types alone: a runtime is given one
  'runtime/': ['runtime/', 'runtime/runtime-wasm', 'planner', 'plan', 'problem', 'errors'],
  // TensorFlow.js is handed over by the caller: nothing of it is imported, not even types
  'tfjs/': ['tfjs/', 'runtime/', 'planner', 'plan', 'problem', 'errors'],
  index: ['load-planner', 'shared'],
  shared: [
    'advise',
    'explain',
    'change',
    'load',
    'planner',
    'constraints/statement',
    'plan',
    'problem',
    'errors',
  ],
  'load-planner': ['compile', 'planner', 'thread'],
  compile: ['core-wasm', 'errors'],
  // everything but the core in WebAssembly
  'js/core-js.d': ['abi'],
  'js/': ['js/core-js', 'js/', 'shared', 'planner', 'work', 'thread'],
  advise: ['change', 'load', 'planner', 'constraints/statement', 'plan', 'problem', 'errors'],
  explain: ['change', 'load', 'planner', 'constraints/statement', 'plan', 'problem', 'errors'],
  change: ['load', 'planner', 'plan', 'problem', 'errors'],
  load: ['problem'],
  planner: [
    'constraints/',
    'constraints/statement',
    'constraints/verify',
    'conduct',
    'crew',
    'solve',
    'station',
    'hints',
    'live',
    'plan',
    'core',
    'abi',
    'problem',
    'errors',
  ],
  // asks for plans of plain problems, and is answered by whoever drives it
  'constraints/': [
    'constraints/',
    'constraints/verify',
    'constraints/statement',
    'plan',
    'problem',
    'bytes',
    'errors',
  ],
  // shares nothing with what it checks
  'constraints/verify': ['constraints/statement', 'plan', 'problem', 'bytes'],
  'constraints/check': ['constraints/statement', 'bytes', 'errors'],
  'constraints/statement': ['bytes', 'errors'],
  hints: ['problem'],
  conduct: ['crew', 'solve', 'plan'],
  crew: ['thread', 'work', 'station', 'problem', 'errors'],
  work: ['thread', 'station', 'core', 'problem'],
  worker: ['work', 'thread', 'compile'],
  thread: [],
  solve: ['station', 'strand', 'live', 'plan', 'abi', 'problem', 'errors'],
  station: ['strand', 'live', 'plan', 'core', 'search', 'abi', 'problem', 'errors'],
  strand: ['plan'],
  live: ['plan', 'core', 'abi', 'problem', 'errors'],
  plan: ['abi', 'problem', 'errors'],
  core: ['abi', 'search', 'problem', 'errors'],
  search: ['abi'],
  abi: [],
  'core-wasm': [],
  problem: ['constraints/check', 'constraints/statement', 'bytes', 'errors'],
  bytes: ['errors'],
  quantities: [],
  errors: [],
};

/** What the rooms of the page import of the bindings: what anybody may, and what only its workers need. */
const SHOWN = [
  'bindings/pictures/',
  'bindings/pictures/index',
  'bindings/pictures/scales',
  'bindings/quantities',
];
const COMPUTED = [
  ...SHOWN,
  'bindings/compare/index',
  'bindings/report/',
  'bindings/report/index',
  'bindings/allocators/index',
  'bindings/trace/index',
  'bindings/trace/',
  'bindings/index',
  'bindings/plan',
  'bindings/load',
  'bindings/problem',
  'bindings/cli/',
];

/** The page: parts stand on its state, which talks to workers; these make views and paint them. */
const WEB: Readonly<Record<string, readonly string[]>> = {
  main: ['web/app', 'web/state/'],
  app: ['web/parts/', 'web/state/'],
  'parts/': ['web/parts/', 'web/state/', 'web/canvas/', 'web/views/', 'web/worker/', ...COMPUTED],
  'state/': ['web/state/', 'web/canvas/', 'web/views/', 'web/worker/', ...COMPUTED],
  'worker/': ['web/worker/', 'web/views/', 'web/canvas/', ...COMPUTED],
  'views/': ['web/views/', 'web/worker/', ...COMPUTED],
  'canvas/': ['web/canvas/', 'web/worker/', ...SHOWN],
};

/** Packages and Node modules that a room may import; the rooms that are not here run in any host. */
const OUTSIDE: Readonly<Record<string, RegExp>> = {
  'bindings/cli/': /^(node:.+|commander|cli-progress|open)$/,
  // bundled by the build
  'bindings/trace/containers/': /^(fzstd|flatbuffers|@bufbuild\/protobuf\/wire)$/,
  'bindings/pictures/scales': /^d3-scale$/,
  'bindings/pictures/shapes': /^d3-shape$/,
  // at run time, and only where the host has no Web Workers
  'bindings/thread': /^node:worker_threads$/,
  // bundled by the build
  'web/main': /^preact$/,
  'web/app': /^preact\/hooks$/,
  'web/parts/': /^preact(\/hooks)?$/,
  'web/state/': /^(preact\/hooks|virtual:worker)$/,
};

/** Where `WebAssembly` may stand as a value, and where it may stand in a type besides. */
const WASM_VALUES = ['bindings/core/core.ts', 'bindings/core/compile.ts', 'bindings/runtime/instance.ts'];
const WASM_TYPES = [
  ...WASM_VALUES,
  'bindings/planner/load-planner.ts',
  'bindings/core/abi.ts',
  'bindings/planner/worker-pool.ts',
  'bindings/planner/worker-protocol.ts',
];

const TABLES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  assembly: CORE,
  bindings: BINDINGS,
  web: WEB,
};

interface Module {
  /** From the root, with `/`. */
  readonly file: string;
  readonly room: string | undefined;
  readonly source: ts.SourceFile;
  /** What it imports from this repository: files, as `file` above. */
  readonly inside: readonly string[];
  /** What it imports from elsewhere. */
  readonly outside: readonly string[];
}

const MODULES = [...modulesIn('assembly'), ...modulesIn('bindings'), ...modulesIn('web')];

function modulesIn(folder: string): Module[] {
  return readdirSync(join(ROOT, folder), {recursive: true, encoding: 'utf8'})
    .map(name => posix.join(folder, name.replaceAll('\\', '/')))
    .filter(file => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .map(file => {
      const source = parse(join(ROOT, file));
      const specifiers = importsOf(source);
      const relative = specifiers.filter(
        specifier => specifier.startsWith('.') && !specifier.endsWith('.css'),
      );
      const inside = relative.map(specifier =>
        posix.join(posix.dirname(file), specifier).replace(/(\.tsx?)?$/, (ending: string) => ending || '.ts'),
      );
      return {
        file,
        room: roomOf(file),
        source,
        inside,
        outside: specifiers.filter(name => !name.startsWith('.')),
      };
    });
}

/** `assembly/sort`, `bindings/errors`, `bindings/trace/`, …; undefined for a file without a room. */
function roomOf(file: string): string | undefined {
  const [top = '', ...rest] = file.replace(/\.tsx?$/, '').split('/');
  const table = TABLES[top]!;
  for (let name = rest.join('/'); name !== ''; name = name.replace(/[^/]*\/?$/, '')) {
    if (Object.hasOwn(table, name)) return `${top}/${name}`;
  }
  return undefined;
}

function mayImport(room: string): string[] {
  const [, top, name] = /^(assembly|bindings|web)\/(.*)$/.exec(room)!;
  // those of the page name what is outside of it, too
  return TABLES[top!]![name!]!.map(other => (top === 'web' ? other : `${top}/${other}`));
}

test('every file of the core and the bindings has a room', () => {
  const homeless = MODULES.filter(({room}) => room === undefined).map(({file}) => file);
  assert.deepEqual(
    homeless,
    [],
    'add these to the tables of tests/architecture.test.ts, and to ARCHITECTURE.md',
  );
});

test('imports go where ARCHITECTURE.md says', () => {
  const strayed = MODULES.flatMap(({file, room, inside}) => {
    const allowed = room === undefined ? [] : mayImport(room);
    return inside.filter(other => !allowed.includes(roomOf(other) ?? '')).map(other => `${file} → ${other}`);
  });
  assert.deepEqual(strayed, []);
});

test('packages and modules of Node are imported only where ARCHITECTURE.md says', () => {
  const strayed = MODULES.flatMap(({file, room, outside}) =>
    outside.filter(name => !OUTSIDE[room ?? '']?.test(name)).map(name => `${file} → ${name}`),
  );
  assert.deepEqual(strayed, []);
});

test('no file imports itself by a detour', () => {
  const byFile = new Map(MODULES.map(module => [module.file, module]));
  const done = new Set<string>();
  const cycleFrom = (file: string, path: readonly string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ');
    if (done.has(file)) return undefined;
    const cycles = byFile.get(file)?.inside.map(next => cycleFrom(next, [...path, file]));
    done.add(file);
    return cycles?.find(cycle => cycle !== undefined);
  };
  assert.deepEqual(
    MODULES.map(({file}) => cycleFrom(file, [])).filter(cycle => cycle !== undefined),
    [],
  );
});

test('only bindings/core/core.ts, bindings/core/compile.ts and bindings/runtime/instance.ts know WebAssembly', () => {
  const strayed = MODULES.filter(({file}) => file.startsWith('bindings/')).flatMap(({file, source}) => {
    const {values, types} = mentionsOf('WebAssembly', source);
    const strays = [values > 0 && !WASM_VALUES.includes(file), types > 0 && !WASM_TYPES.includes(file)];
    return strays.includes(true) ? [file] : [];
  });
  assert.deepEqual(strayed, []);
});

/** How often a name stands in values and in types. */
function mentionsOf(name: string, source: ts.SourceFile): {values: number; types: number} {
  const found = {values: 0, types: 0};
  const visit = (node: ts.Node, inType: boolean): void => {
    if (ts.isIdentifier(node) && node.text === name) found[inType ? 'types' : 'values']++;
    ts.forEachChild(node, child => visit(child, inType || ts.isTypeNode(node)));
  };
  visit(source, false);
  return found;
}
