/** Every example of the API's documentation and every program of docs/, run as written, prints what it says. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';
import {tfliteGraph} from '../trace/tflite-graphs.ts';
import {clone} from './clone.ts';
import {parse} from './modules.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The main functions: each has an example. */
const WITH_EXAMPLE = [
  'loadPlanner',
  'loadPlannerSync',
  'plan',
  'planAsync',
  'lowerBound',
  'bounds',
  'verify',
  'explainPeak',
  'importFile',
  'stepProblem',
  'writeCsv',
  'checkedPlan',
  'cHeader',
  'executorchPlan',
  'webGpuPlan',
  'minimallocCsv',
  'tfliteWithPlan',
  'createRuntime',
];

interface Example {
  readonly place: string;
  readonly name: string;
  readonly program: string;
}

/** The examples in the doc comments of a file. */
function examplesIn(file: string): Example[] {
  const examples: Example[] = [];
  const visit = (node: ts.Node): void => {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== 'example' || tag.parent.parent !== node) continue;
      const name = (node as ts.NamedDeclaration).name?.getText() ?? '';
      const text = ts.getTextOfJSDocComment(tag.comment) ?? '';
      const program = /^```js\n([\s\S]*)\n```$/.exec(text.trim())?.[1];
      assert.ok(program, `${file}: the example of ${name} is not one block of js`);
      examples.push({place: file, name, program});
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(join(ROOT, file)));
  return examples;
}

function run(program: string, cwd: string): string {
  const file = join(cwd, 'example.mjs');
  writeFileSync(file, program);
  const {stdout, stderr} = spawnSync(process.execPath, [file], {cwd, encoding: 'utf8'});
  assert.equal(stderr, '', program);
  return stdout.trimEnd();
}

test('the examples of the API print the shown output, and the main functions have one', () => {
  const folder = clone();
  writeFileSync(join(folder, 'model.tflite'), tfliteGraph(12, 3));
  const files = readdirSync(join(ROOT, 'bindings'), {recursive: true, encoding: 'utf8'})
    .map(name => `bindings/${name.replaceAll('\\', '/')}`)
    .filter(name => name.endsWith('.ts') && !name.endsWith('-wasm.ts'));
  const examples = files.flatMap(examplesIn);
  assert.deepEqual(
    WITH_EXAMPLE.filter(name => !examples.some(example => example.name === name)),
    [],
  );
  for (const {place, name, program} of examples) {
    const says = [...program.matchAll(/^\/\/ prints (.*)$/gm)].map(([, line]) => line).join('\n');
    assert.notEqual(says, '', `${place}: the example of ${name} says what it prints`);
    assert.equal(run(program, folder), says, `${place}: ${name}`);
  }
});

test('the programs of docs/ print the shown output', () => {
  const folder = clone();
  const documents = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md'));
  let programs = 0;
  for (const name of documents) {
    const text = readFileSync(join(ROOT, 'docs', name), 'utf8');
    const told = [...text.matchAll(/```js\n([\s\S]*?)```\s*prints `([^`]*)`/g)];
    assert.equal(told.length, text.split('```js\n').length - 1, `${name}: each says what it prints`);
    for (const [, program, output] of told) assert.equal(run(program!, folder), output, name);
    programs += told.length;
  }
  assert.ok(programs >= 2);
});
