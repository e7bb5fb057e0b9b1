/**
 * `npm run mutate -- capabilities [AREA …] [--mutants N] [--seed S] [--named]`: the sources of the capabilities beyond sizes and
 * lifetimes, each area with the tests that guard it. Named mutants break one rule each and must all be killed; then a seeded
 * sample of each area. `--named` runs the named ones alone.
 */
import {cpSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {seeded} from '../random.ts';
import {AREAS, type Area} from './capability-areas.ts';
import {copyOfTree, describe, isEquivalent, namedRows, type Row, report, say, withFile} from './core.ts';
import {applied, mutantsOf, sample} from './mutants.ts';
import {fastTests} from './run-tests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CORE = 'build/release.wasm';
/** A limit of CPU time is this many times what the unchanged sources take. */
const PATIENCE = 4;

export async function mutateCapabilities(args: readonly string[]): Promise<boolean> {
  const {values, positionals} = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      mutants: {type: 'string', default: '10'},
      seed: {type: 'string', default: '1'},
      named: {type: 'boolean', default: false},
    },
  });
  const unknown = positionals.find(name => !AREAS.some(area => area.name === name));
  if (unknown !== undefined)
    throw new Error(`unknown area ${unknown}; known are ${AREAS.map(({name}) => name).join(', ')}`);
  const areas = AREAS.filter(({name}) => positionals.length === 0 || positionals.includes(name));
  const tree = copyOfTree();
  // none of these mutants is of the core
  cpSync(join(ROOT, CORE), join(tree, CORE));
  try {
    let isGuarded = true;
    for (const area of areas) {
      const limit = await limitOf(tree, area);
      const named = await namedRows(tree, area.named, limit, testsOf(area));
      report(named, `named mutants of ${area.name}`);
      isGuarded &&= named.every(({outcome}) => outcome.isKilled);
      const count = values.named ? 0 : Number(values.mutants);
      const rows = await sampledRows(tree, area, limit, count, Number(values.seed));
      if (rows.length > 0) report(rows, `systematic mutants of ${area.name}, seed ${values.seed}`);
    }
    return isGuarded;
  } finally {
    rmSync(tree, {recursive: true, force: true});
  }
}

const testsOf = ({name}: Area): string => `capability-tests.ts ${name}`;

/** Seconds of CPU time for a mutant. */
async function limitOf(tree: string, area: Area): Promise<number> {
  const unchanged = await fastTests(tree, Number.POSITIVE_INFINITY, testsOf(area));
  if (unchanged.isKilled) throw new Error(`${area.name}: the unchanged sources fail: ${unchanged.how}`);
  const limit = Math.ceil(PATIENCE * unchanged.seconds) + 10;
  console.log(
    `${area.name}: the unchanged sources take ${unchanged.seconds.toFixed(0)} s; limit ${limit} s a mutant`,
  );
  return limit;
}

async function sampledRows(
  tree: string,
  area: Area,
  limit: number,
  count: number,
  seed: number,
): Promise<Row[]> {
  const all = sourcesOf(area).flatMap(file => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')));
  const rows: Row[] = [];
  for (const mutant of sample(all, all.length, seeded(seed))) {
    if (rows.length >= count) break;
    const text = readFileSync(join(ROOT, mutant.file), 'utf8');
    if (isEquivalent(mutant, text)) continue;
    const outcome = await withFile(tree, mutant.file, applied(text, mutant), limit, testsOf(area));
    rows.push({what: describe(mutant, text), outcome});
    say(rows);
  }
  return rows;
}

/** Sources of an area, by name. */
export function sourcesOf({folders, files}: Pick<Area, 'folders' | 'files'>): string[] {
  const inFolders = folders.flatMap(folder =>
    readdirSync(join(ROOT, folder), {recursive: true, encoding: 'utf8'})
      .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter(name => name.endsWith('.ts')),
  );
  return [...inFolders, ...files].sort();
}
