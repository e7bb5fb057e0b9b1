/** Every command prints JSON that fits its schema in docs/, of every example and of fixtures of other formats. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv2020, type ValidateFunction} from 'ajv/dist/2020.js';
import {branchyOnnx, branchyTflite} from '../operators/models.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, block, segment} from '../trace/snapshots.ts';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const FIXTURES = fileURLToPath(new URL('../trace/fixtures/', import.meta.url));

const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
const validators = new Map<string, ValidateFunction>();

/** What a command prints has its name, except for the run that `merge` makes, which others read. */
function contractOf(command: string): string {
  return command === 'merge' ? 'run' : command;
}

function validatorOf(command: string): ValidateFunction {
  const known = validators.get(command);
  if (known) return known;
  const schema = JSON.parse(readFileSync(new URL(`${contractOf(command)}.schema.json`, DOCS), 'utf8'));
  const validator = ajv.compile(schema);
  validators.set(command, validator);
  return validator;
}

/** The commands, as help lists them. */
function commands(): string[] {
  const listed = stowage(['--help']).stdout.split('\nCommands:\n')[1]!.split('\n\n')[0]!;
  return [...listed.matchAll(/^ {2}([a-z]+) .*$/gm)].map(match => match[1]!).filter(name => name !== 'help');
}

/** Arguments of a command for one file; undefined where it does not take such. */
function argumentsOf(command: string, file: string, cwd: string): string[] | undefined {
  const isProblem = /\.csv$|\/xla\//.test(file);
  // the heaps of an XLA program are parts, which a CSV cannot hold
  const hasParts = /\/xla\//.test(file);
  switch (command) {
    case 'plan':
      return [file, '--node-limit', '5000'];
    case 'verify': {
      assert.equal(stowage(['plan', file, '--node-limit', '5000', '-o', 'plan.json'], {cwd}).status, 0);
      return [file, 'plan.json'];
    }
    case 'replay':
      return isProblem ? undefined : [file];
    case 'convert':
      return [file, '-o', hasParts ? 'out.json' : isProblem ? 'out.csv' : 'out.jsonl'];
    case 'anonymize':
      return hasParts ? undefined : [file, '-o', isProblem ? 'out.csv' : 'out.jsonl'];
    case 'export':
      return [file, '--format', 'minimalloc', '-o', 'out.csv', '--node-limit', '5000'];
    case 'diff':
      return [file, join(EXAMPLES, 'five.csv'), '--node-limit', '5000', '--top', '2'];
    case 'check':
      return [
        file,
        '--max-peak',
        '1',
        '--max-stranded',
        '1%',
        '--max-fragmentation',
        '0%',
        '--node-limit',
        '5000',
      ];
    case 'scale':
      // parts are refused, and an iteration without buffers has nothing in common with another
      return hasParts || /pickle$|everything\.jsonl$/.test(file)
        ? undefined
        : [file, file, '--at', 'n=1', '--at', 'n=2'];
    case 'batch':
      return [file, '--out', 'out', '--jobs', '1', '--node-limit', '5000'];
    case 'merge':
      assert.equal(stowage(['batch', ...argumentsOf('batch', file, cwd)!], {cwd}).status, 0);
      return ['out'];
    default:
      return [file];
  }
}

const FILES = [
  ...readdirSync(EXAMPLES)
    .filter(name => /\.(csv|json\.gz)$/.test(name))
    .map(name => join(EXAMPLES, name)),
  ...[
    'cuda-snapshot/everything.pickle',
    'singa/mutable.txt',
    'event-log/everything.jsonl',
    'xla/small.txt',
  ].map(name => join(FIXTURES, name)),
];

/** Files whose operators have an order to choose. */
function modelsIn(folder: string): string[] {
  const problem =
    '{"schema":"stowage.problem/1","tensors":[{"size":8}],"operators":[{"inputs":[0],"outputs":[]}]}';
  const files = {'a.tflite': branchyTflite(), 'a.onnx': branchyOnnx(), 'a.json': problem};
  return Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
}

test('every command has --json, and a schema that has its name', () => {
  for (const command of commands()) {
    assert.match(stowage([command, '--help']).stdout, / --json /, command);
    const {$id = '', properties} = validatorOf(command).schema as {
      $id?: string;
      properties: {schema: {const: string}};
    };
    assert.match(properties.schema.const, new RegExp(`^stowage\\.${contractOf(command)}/\\d+$`));
    if ($id !== '') assert.equal($id, properties.schema.const);
  }
});

// `view` serves until it is stopped, and a worker needs a queue: tests/page and tests/queue check what they print
for (const command of commands().filter(name => name !== 'view' && name !== 'worker')) {
  test(`what ${command} prints fits its schema, of every example`, () => {
    const cwd = newFolder();
    const validate = validatorOf(command);
    let told = 0;
    for (const file of command === 'order' ? modelsIn(cwd) : FILES) {
      const args = argumentsOf(command, file, cwd);
      if (!args) continue;
      const {stdout, stderr} = stowage([command, ...args, '--json'], {cwd});
      assert.notEqual(stdout, '', `${file}: ${stderr}`);
      const value = JSON.parse(stdout) as Record<string, unknown>;
      assert.ok(validate(value), `${command} ${file}: ${ajv.errorsText(validate.errors)}`);
      assert.equal(validate({...value, schema: `stowage.${contractOf(command)}/99`}), false);
      told++;
    }
    assert.ok(told > 2);
  });
}

test('a tree of calls fits, too', () => {
  for (const file of FILES) {
    const tree = JSON.parse(stowage(['top', file, '--tree', '-n', '2', '--json']).stdout);
    assert.ok(tree.tree.length > 0 && validatorOf('top')(tree), ajv.errorsText(validatorOf('top').errors));
  }
});

test('an invalid plan and a plan as a side fit, too', () => {
  const cwd = newFolder();
  writeFileSync(
    join(cwd, 'bad.csv'),
    'id,lower,upper,size,offset\nconv1,0,3,4096,0\nrelu1,2,5,4096,0\nconv2,4,8,2048,0\nskip,1,8,1024,0\nfc,7,9,6144,0\n',
  );
  const verified: {violations: unknown[]} = JSON.parse(
    stowage(['verify', join(EXAMPLES, 'five.csv'), 'bad.csv', '--json'], {cwd}).stdout,
  );
  assert.ok(validatorOf('verify')(verified), ajv.errorsText(validatorOf('verify').errors));
  assert.ok(verified.violations.length > 0);
  writeFileSync(join(cwd, 'plan.json'), stowage(['plan', 'five.csv', '--json']).stdout);
  const diff = JSON.parse(stowage(['diff', 'plan.json', join(EXAMPLES, 'five.csv'), '--json'], {cwd}).stdout);
  assert.ok(validatorOf('diff')(diff), ajv.errorsText(validatorOf('diff').errors));
});

test('the state of a snapshot without events fits the schemas of inspect, top and report', () => {
  const cwd = newFolder();
  const segments = [segment(0, BASE, [block(512, 'active_allocated'), block(1536, 'inactive', 0)])];
  writeFileSync(join(cwd, 'state.pickle'), pickle({segments}));
  for (const command of ['inspect', 'top', 'report']) {
    const value = JSON.parse(stowage([command, 'state.pickle', '--json'], {cwd}).stdout);
    assert.ok(validatorOf(command)(value), `${command}: ${ajv.errorsText(validatorOf(command).errors)}`);
  }
});
