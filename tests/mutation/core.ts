/**
 * `npm run mutate -- core [--mutants N] [--seed S] [--policy] [--sample]`: changes the core and the planner in one place at a time
 * and runs the fast tests on a copy of the tree. Named mutants of the policy come first and must all be killed; then a
 * seeded sample of systematic ones. `--policy` runs the named ones alone, `--sample` the others. Prints the score and the survivors.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {seeded} from '../random.ts';
import {type Change, compiled} from './compile.ts';
import {EQUIVALENT} from './equivalent.ts';
import {applied, type Mutant, mutantsOf, sample} from './mutants.ts';
import {appliedByName, type NamedMutant, POLICY} from './policy.ts';
import {fastTests, type Outcome} from './run-tests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The parts of the tree that the fast tests need; tests find packages by the link. */
const COPIED = ['bindings', 'tests', 'bench', 'examples', 'package.json', 'tsconfig.json'];

/** Folders whose sources are mutated, and files in them that are not: the runtime has its own run, workers other tests. */
const MUTATED = ['assembly', 'bindings/planner', 'bindings/model'];
const LEFT_OUT =
  /^assembly\/runtime\/|^bindings\/planner\/.*(worker|thread|pool|load)|^bindings\/model\/(load|errors|quantities|names|.*constraints)/;
/** One mutant in so many is of the planner or the model, which are smaller than the core but need no build. */
const PLANNER_SHARE = 4;

/** A fast build: mutants are run for seconds. A mutant that takes memory without end is stopped at 512 MiB. */
const BUILD = ['-O2', '--maximumMemory', '8192'];

/** A limit of CPU time is this many times what the unchanged sources take. */
const PATIENCE = 4;

export interface Row {
  readonly what: string;
  readonly outcome: Outcome;
}

export async function mutateCore(args: readonly string[]): Promise<boolean> {
  const {values} = parseArgs({
    args: [...args],
    options: {
      mutants: {type: 'string', default: '60'},
      seed: {type: 'string', default: '1'},
      policy: {type: 'boolean', default: false},
      sample: {type: 'boolean', default: false},
    },
  });
  const tree = copyOfTree();
  try {
    const named = values.sample ? [] : POLICY;
    return await mutateIn(tree, named, values.policy ? 0 : Number(values.mutants), Number(values.seed));
  } finally {
    rmSync(tree, {recursive: true, force: true});
  }
}

async function mutateIn(
  tree: string,
  mutants: readonly NamedMutant[],
  count: number,
  seed: number,
): Promise<boolean> {
  await buildInto(tree, (_, text) => text);
  const unchanged = await fastTests(tree, Number.POSITIVE_INFINITY);
  if (unchanged.isKilled) throw new Error(`the unchanged sources fail: ${unchanged.how}`);
  const limit = Math.ceil(PATIENCE * unchanged.seconds) + 10;
  console.log(
    `mutate: the unchanged sources take ${unchanged.seconds.toFixed(0)} s; limit ${limit} s a mutant`,
  );
  const named = await namedRows(tree, mutants, limit);
  const {rows, equivalent, invalid} = await sampleRows(tree, limit, count, seed);
  if (named.length > 0) report(named, 'named mutants of the policy');
  if (rows.length > 0) {
    report(rows, `systematic mutants, seed ${seed}`);
    console.log(`left out: ${equivalent} known as equivalent, ${invalid} that do not compile`);
  }
  return named.every(({outcome}) => outcome.isKilled);
}

/** @param tests as `fastTests` takes them */
export async function namedRows(
  tree: string,
  mutants: readonly NamedMutant[],
  limit: number,
  tests?: string,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const mutant of mutants) {
    const text = readFileSync(join(ROOT, mutant.file), 'utf8');
    const outcome = await withFile(tree, mutant.file, appliedByName(text, mutant), limit, tests);
    rows.push({what: `${mutant.file}: ${mutant.rule}`, outcome});
    say(rows);
  }
  return rows;
}

async function sampleRows(tree: string, limit: number, count: number, seed: number) {
  const random = seeded(seed);
  const all = sources().flatMap(file => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')));
  const isCore = ({file}: Mutant) => file.startsWith('assembly/');
  const [core, planner] = [all.filter(isCore), all.filter(mutant => !isCore(mutant))];
  const numPlanner = Math.floor(count / PLANNER_SHARE);
  console.log(`mutate: ${core.length} mutants of the core, ${planner.length} of the planner and the model`);
  const ofPlanner = sample(planner, numPlanner, random);
  // some do not compile: others take their turn
  const queue = sample(core, 2 * (count - numPlanner), random).flatMap((mutant, i) =>
    i % (PLANNER_SHARE - 1) === 0 ? [...ofPlanner.splice(0, 1), mutant] : [mutant],
  );
  const rows: Row[] = [];
  let equivalent = 0;
  let invalid = 0;
  for (const mutant of queue) {
    if (rows.length >= count) break;
    const text = readFileSync(join(ROOT, mutant.file), 'utf8');
    if (isEquivalent(mutant, text)) {
      equivalent++;
      continue;
    }
    const outcome = isCore(mutant)
      ? await withCore(tree, mutant, limit)
      : await withFile(tree, mutant.file, applied(text, mutant), limit);
    if (outcome === undefined) {
      invalid++;
      continue;
    }
    rows.push({what: describe(mutant, text), outcome});
    say(rows);
  }
  return {rows, equivalent, invalid};
}

/** The tests of the copy with another text of one file. */
export async function withFile(
  tree: string,
  file: string,
  text: string,
  limit: number,
  tests?: string,
): Promise<Outcome> {
  writeFileSync(join(tree, file), text);
  try {
    return await fastTests(tree, limit, tests);
  } finally {
    cpSync(join(ROOT, file), join(tree, file));
  }
}

/** The tests of the copy with a mutated core; nothing where that does not compile. */
async function withCore(tree: string, mutant: Mutant, limit: number): Promise<Outcome | undefined> {
  try {
    await buildInto(tree, (file, text) => (file === mutant.file ? applied(text, mutant) : text));
  } catch {
    return undefined;
  }
  return fastTests(tree, limit);
}

async function buildInto(tree: string, change: Change): Promise<void> {
  writeFileSync(join(tree, 'build/release.wasm'), await compiled('assembly/index.ts', change, BUILD));
}

export function copyOfTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'stowage-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(tree, name), {recursive: true});
  mkdirSync(join(tree, 'build'));
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction');
  return tree;
}

function sources(): string[] {
  const files = MUTATED.flatMap(folder =>
    readdirSync(join(ROOT, folder), {recursive: true, encoding: 'utf8'}).map(
      name => `${folder}/${name.replaceAll('\\', '/')}`,
    ),
  );
  return files.filter(file => file.endsWith('.ts') && !LEFT_OUT.test(file)).sort();
}

const lineOf = (text: string, line: number) => text.split('\n')[line - 1]!.trim();

export function isEquivalent({file, line, from, to}: Mutant, text: string): boolean {
  const at = lineOf(text, line);
  return EQUIVALENT.some(
    known => known.file === file && known.line === at && known.from === from && known.to === to,
  );
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 39)}…` : text).replaceAll(/\s+/g, ' ');

export const describe = ({file, line, kind, from, to}: Mutant, text: string) =>
  `${file}:${line} ${kind}: ${short(from)} → ${short(to)}   in   ${lineOf(text, line)}`;

export function say(rows: readonly Row[]): void {
  const {what, outcome} = rows.at(-1)!;
  console.log(`${rows.length}  ${outcome.isKilled ? 'killed' : 'LIVED '}  ${what}  [${outcome.how}]`);
}

export function report(rows: readonly Row[], what: string): void {
  const lived = rows.filter(({outcome}) => !outcome.isKilled);
  const killed = rows.length - lived.length;
  const percent = ((100 * killed) / Math.max(1, rows.length)).toFixed(0);
  console.log(`\nmutate: ${killed} of ${rows.length} ${what} killed (${percent} %)`);
  for (const row of lived) console.log(`  lived  ${row.what}`);
}
