/** The package as it would be published: its files, its entries, its types, and what its users can do with it. */
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, relative} from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {gzipSync} from 'node:zlib';
import {build} from 'esbuild';
import {publint} from 'publint';
import {formatMessage} from 'publint/utils';
import {has} from '../requirements.ts';
import {awaitsAtTopLevel, importsOf, parse} from './modules.ts';
import {signaturesOf} from './signatures.ts';
import {install, type Packed, pack, ROOT, unpack} from './tarball.ts';
import {typeErrors} from './types.ts';

const PLAIN_FILES = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];

let folder: string;
let tarball: string;
let files: readonly Packed[];
/** The package's folder in a project that has it installed. */
let home: string;

before(() => {
  // macOS has a link for its temporary folder, which Node resolves and a comparison of paths would not
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'stowage-package-')));
  tarball = pack(folder);
  files = unpack(tarball);
  assert.ok(fileAt('dist/index.js'), 'dist/index.js is missing: run `npm run build` first');
  home = install(files, folder);
});

after(() => rmSync(folder, {recursive: true, force: true}));

function fileAt(path: string): Packed | undefined {
  return files.find(file => file.path === path);
}

/** Runs a module in the project that has the package installed. @returns what it printed */
function runModule(source: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: folder,
    encoding: 'utf8',
  });
}

test('the tarball holds only dist/, the examples, the recorders and the documents', () => {
  const others = files.map(({path}) => path).filter(path => !path.startsWith('dist/'));
  const named = ['examples', 'tools/record'].flatMap(folder =>
    readdirSync(join(ROOT, folder)).map(name => `${folder}/${name}`),
  );
  assert.deepEqual(others.sort(), [...PLAIN_FILES, ...named].sort());
  const odd = files.filter(
    ({path}) =>
      path.startsWith('dist/') &&
      !/\.(js|d\.ts|wasm)$|^dist\/page\/[\w/]+\.(html|css)$|^dist\/(page\/)?THIRD-PARTY-NOTICES\.txt$|^dist\/native\/[\w-]+\.(c|h|inc)$/.test(
        path,
      ),
  );
  assert.deepEqual(
    odd.map(({path}) => path),
    [],
  );
});

test('the tarball has the sources of the native runtime, the generated ones too', () => {
  const packed = files.flatMap(({path}) => (path.startsWith('dist/native/') ? [path.slice(12)] : []));
  const written = readdirSync(join(ROOT, 'bindings/native')).filter(name => /\.[ch]$/.test(name));
  assert.deepEqual(packed.sort(), [...written, 'core.c', 'core.h', 'runtime.h', 'runtime.inc'].sort());
  const resolved = runModule("console.log(import.meta.resolve('stowage/native/server.h'))");
  assert.match(resolved, /\/stowage\/dist\/native\/server\.h\n$/);
});

test('no file of the tarball contains the path of its build', () => {
  const folders = [ROOT.slice(0, -1), ROOT.slice(0, -1).replaceAll('\\', '/')];
  const telling = files.filter(({bytes}) => folders.some(path => Buffer.from(bytes).includes(path)));
  assert.deepEqual(
    telling.map(({path}) => path),
    [],
  );
});

test('the command line is a bundle: its addresses lead to files, and it carries the notices of what it contains', () => {
  const command = files.filter(({path}) => path.startsWith('dist/cli/') && path.endsWith('.js'));
  const modules = command.filter(({path}) => path.split('/').length > 3 || path.endsWith('program.js'));
  assert.deepEqual(modules, [], 'the modules that it is made of are left out');
  const texts = command.map(({bytes}) => Buffer.from(bytes).toString());
  const addresses = texts.flatMap(text =>
    [...text.matchAll(/new URL\((?:"|')(\.[^"']*)(?:"|'), ?import\.meta\.url\)/g)].map(([, address]) =>
      join('dist/cli', address!),
    ),
  );
  assert.deepEqual(
    [...new Set(addresses)].sort(),
    [
      'dist/cli/analysis-process.js',
      'dist/cli/analysis-worker.js',
      'dist/cli/planning-worker.js',
      'dist/page/',
      'package.json',
    ].map(path => join(path)),
  );
  for (const address of addresses) {
    assert.ok(
      files.some(({path}) => path.startsWith(address.replaceAll('\\', '/'))),
      address,
    );
  }
  for (const [used, notice] of [
    [/enablePositionalOptions\(/, 'Contains commander'],
    [/BinaryReader/, 'Contains @bufbuild/protobuf'],
  ] as const) {
    const bundles = texts.filter(text => used.test(text));
    assert.ok(bundles.length > 0, notice);
    assert.ok(
      bundles.every(text => text.includes(notice)),
      notice,
    );
  }
});

test('publint finds nothing', async () => {
  const {messages, pkg} = await publint({pkgDir: home, pack: false, strict: true});
  assert.deepEqual(
    messages.map(message => formatMessage(message, pkg, {color: false})),
    [],
  );
});

test('Are The Types Wrong finds nothing', () => {
  const attw = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const flags = [
    '--profile',
    'esm-only',
    '--no-color',
    '--no-emoji',
    '--exclude-entrypoints',
    'core.wasm',
    'runtime.wasm',
    'runtime.shared.wasm',
  ];
  const {status, stdout, stderr} = spawnSync(process.execPath, [attw, tarball, ...flags], {encoding: 'utf8'});
  assert.equal(status, 0, `${stdout}${stderr}`);
});

test('the package has no script that npm would run, or warn of, where it is installed', () => {
  const {scripts} = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {scripts: object};
  // the clone is built by `postprepare`, which npm runs there alone
  const ran = ['preinstall', 'install', 'postinstall', 'prepare'].filter(name => name in scripts);
  assert.deepEqual(ran, []);
  assert.ok(!files.some(({path}) => path.endsWith('binding.gyp')));
});

test('the examples run from the installed package', () => {
  const command = join(home, 'dist', 'cli', 'main.js');
  const five = join(home, 'examples', 'five.csv');
  assert.match(
    execFileSync(process.execPath, [command, 'plan', five], {encoding: 'utf8'}),
    /five\.csv: csv[\s\S]*9,216 B/,
  );
  const program = join(home, 'examples', 'runtime.ts');
  const tsx = import.meta.resolve('tsx');
  const options = {cwd: folder, encoding: 'utf8'} as const;
  assert.equal(
    execFileSync(process.execPath, ['--import', tsx, program], options),
    execFileSync(process.execPath, ['--import', tsx, join(ROOT, 'examples', 'runtime.ts')], {
      ...options,
      cwd: ROOT,
    }),
  );
});

test('a project imports every entry and compiles the core it is given the path of', () => {
  const printed = runModule(`
    import {readFile} from 'node:fs/promises';
    import {loadPlanner, loadPlannerSync} from 'stowage';
    import {openTfliteModel} from 'stowage/artifacts';
    import {loadPlannerSync as loadJs} from 'stowage/js';
    import {createRuntime} from 'stowage/runtime';
    import {memoize} from 'stowage/tfjs';
    import {importFile} from 'stowage/trace';
    if (![memoize, openTfliteModel, createRuntime].every(one => typeof one === 'function')) throw new Error('entries');
    const data = new TextEncoder().encode('id,lower,upper,size\\na,0,2,8\\nb,1,3,4\\n');
    const {problem} = await importFile({name: 'two.csv', data});
    const module = await WebAssembly.compile(await readFile(new URL(import.meta.resolve('stowage/core.wasm'))));
    const planners = [await loadPlanner(), loadPlannerSync(), await loadPlanner({module}), loadJs()];
    console.log(planners.map(planner => planner.plan(problem).peak).join());
  `);
  assert.equal(printed, '12,12,12,12\n');
});

for (const host of ['browser', 'node'] as const) {
  test(`the types hold in a strict project for ${host}`, () => {
    assert.deepEqual(typeErrors(folder, host), []);
  });
}

test('the command runs from the project', () => {
  const {bin, version} = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const args = [join(home, bin.stowage), '--version'];
  assert.equal(execFileSync(process.execPath, args, {encoding: 'utf8'}).trim(), version);
});

test('the command is executable', context => {
  if (!has(context, 'posix')) return;
  const {bin, version} = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  assert.equal(execFileSync(join(home, bin.stowage), ['--version'], {encoding: 'utf8'}).trim(), version);
});

test('the core imports nothing, and no i64 crosses its boundary', () => {
  const core = fileAt('dist/core.wasm')!.bytes;
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(Buffer.from(core))), []);
  const signatures = [...signaturesOf(core)];
  assert.ok(signatures.length > 0);
  const wide = signatures.filter(([, {parameters, results}]) =>
    [...parameters, ...results].some(type => type !== 'i32' && type !== 'f64'),
  );
  assert.deepEqual(wide, []);
});

test('the core inside the default entry is core.wasm', () => {
  const embedded = pathToFileURL(join(home, 'dist', 'core', 'core-wasm.js'));
  const printed = runModule(`import {CORE_WASM_BASE64} from '${embedded}'; console.log(CORE_WASM_BASE64);`);
  assert.equal(printed.trim(), Buffer.from(fileAt('dist/core.wasm')!.bytes).toString('base64'));
});

test('the entry for TensorFlow.js depends on nothing, not even on that: it is optional, and handed over', () => {
  const specifiers = [...graphOf(join(home, 'dist', 'tfjs.js')).values()].flat();
  assert.ok(specifiers.length > 3 && specifiers.every(specifier => /^\.\.?\//.test(specifier)));
  const {dependencies, peerDependencies, peerDependenciesMeta} = JSON.parse(
    readFileSync(join(home, 'package.json'), 'utf8'),
  );
  for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']) {
    assert.deepEqual([name in dependencies, name in peerDependencies], [false, true]);
    assert.deepEqual(peerDependenciesMeta[name], {optional: true});
  }
});

/** Bytes, gzipped, that the core may have at most. */
const MOST_CORE_BYTES = 60_000;

test('the core is no larger than 60 kB, compressed', async context => {
  const core = gzipSync(fileAt('dist/core.wasm')!.bytes, {level: 9}).length;
  context.diagnostic(`core.wasm: ${core} bytes compressed, of ${MOST_CORE_BYTES}`);
  assert.ok(core <= MOST_CORE_BYTES);
  for (const entry of ['index.js', 'js.js', 'trace.js', 'artifacts.js']) {
    const {outputFiles} = await build({
      entryPoints: [join(home, 'dist', entry)],
      bundle: true,
      minify: true,
      splitting: true,
      outdir: 'out',
      format: 'esm',
      write: false,
    });
    const bytes = gzipSync(outputFiles[0]!.contents, {level: 9}).length;
    context.diagnostic(`${entry}: ${bytes} bytes bundled and compressed`);
  }
});

for (const entry of ['index.js', 'js.js']) {
  test(`dist/${entry} depends on nothing and does not wait while it loads`, () => {
    const graph = graphOf(join(home, 'dist', entry));
    for (const [file, specifiers] of graph) {
      const path = relative(home, file);
      assert.deepEqual(
        specifiers.filter(specifier => !/^\.\.?\//.test(specifier)),
        [],
        `${path} imports from elsewhere`,
      );
      assert.equal(awaitsAtTopLevel(parse(file)), false, `${path} has a top-level await`);
    }
    assert.ok(graph.size > 3, 'the entry imports its parts');
    const isJs = entry === 'js.js';
    assert.equal(graph.has(join(home, 'dist', 'core', 'core-wasm.js')), !isJs);
    assert.equal(graph.has(join(home, 'dist', 'js', 'core-js.js')), isJs);
  });
}

test('the trace entry imports nothing from elsewhere either, and reads on where the part for a container is missing', () => {
  const graph = graphOf(join(home, 'dist', 'trace.js'));
  for (const [file, specifiers] of graph) {
    assert.deepEqual(
      specifiers.filter(specifier => !/^\.\.?\//.test(specifier)),
      [],
      `${relative(home, file)} imports from elsewhere`,
    );
    assert.equal(awaitsAtTopLevel(parse(file)), false, `${relative(home, file)} has a top-level await`);
  }
  assert.ok(graph.has(join(home, 'dist', 'trace', 'containers', 'zstd.js')));
  const part = join(home, 'dist', 'trace', 'containers', 'flatbuffers.js');
  const bytes = readFileSync(part);
  rmSync(part);
  try {
    const printed = runModule(`
      import {importFile} from 'stowage/trace';
      const csv = new TextEncoder().encode('id,lower,upper,size\\na,0,2,8\\n');
      const model = Uint8Array.of(28, 0, 0, 0, 84, 70, 76, 51);
      const {problem} = await importFile({name: 'a.csv', data: csv});
      const error = await importFile({name: 'a.tflite', data: model}).catch(reason => reason);
      console.log(problem.count, error.name, error.message.slice(0, 79));
    `);
    assert.equal(
      printed,
      '1 ImportError this host cannot load the part of stowage that reads TensorFlow Lite models (Ca\n',
    );
  } finally {
    writeFileSync(part, bytes);
  }
});

test('the report entry imports nothing from elsewhere, and makes a page and a picture in a project without its tools', () => {
  const graph = graphOf(join(home, 'dist', 'report.js'));
  for (const [file, specifiers] of graph) {
    assert.deepEqual(
      specifiers.filter(specifier => !/^\.\.?\//.test(specifier)),
      [],
      `${relative(home, file)} imports from elsewhere`,
    );
    assert.equal(awaitsAtTopLevel(parse(file)), false, `${relative(home, file)} has a top-level await`);
  }
  const printed = runModule(`
    import {loadPlannerSync, toColumns} from 'stowage';
    import {makeReport, renderSvg, reportHtml} from 'stowage/report';
    const problem = toColumns({buffers: [{size: 8, start: 0, end: 2}, {size: 4, start: 1, end: 3}]});
    const planner = loadPlannerSync();
    const report = makeReport({
      file: 'two', format: 'csv', problem, plan: planner.plan(problem), bounds: planner.bounds(problem), warnings: [],
    });
    const [packing] = report.pictures;
    console.log(packing.name, renderSvg(packing).startsWith('<svg '), [...reportHtml(report)].join('').endsWith('</html>\\n'));
  `);
  assert.equal(printed, 'packing true true\n');
});

/** All modules that an entry loads from its own package, with what each imports. */
function graphOf(entry: string): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (graph.has(file)) continue;
    const specifiers = importsOf(parse(file));
    graph.set(file, specifiers);
    const inside = specifiers.filter(specifier => specifier.startsWith('.'));
    waiting.push(...inside.map(specifier => join(dirname(file!), specifier)));
  }
  return graph;
}
