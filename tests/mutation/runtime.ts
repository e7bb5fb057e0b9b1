/**
 * `npm run mutate -- runtime --mutants N [--seed S] [--file NAME]`: changes `assembly/runtime/` in one place at a time, in a seeded
 * sample; the programs of the campaign `runtime` and those of `tests/runtime/differential.ts` must notice. Each mutant has a
 * process of its own, as it may never end. Prints the score and the survivors.
 */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {seeded} from '../random.ts';
import {type Change, compiled} from './compile.ts';
import {describe, isEquivalent, type Row, report, say} from './core.ts';
import {applied, type Mutant, mutantsOf, sample} from './mutants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = 'assembly/runtime';
const ENTRY = `${FOLDER}/index.ts`;
/** As `asconfig.runtime.json` has them, but for the bounds of the memory. */
const SHARED = [
  '-O2',
  '--importMemory',
  '--enable',
  'threads',
  '--sharedMemory',
  '--initialMemory',
  '1',
  '--maximumMemory',
  '65536',
];
const OWN = ['-O2'];
/** Programs of the campaign, and seeds of the differential ones. */
const PROGRAMS = 150;
const SEEDS = 4;
/** Milliseconds for one; some ten times what an unchanged source takes. */
const LIMIT = 120_000;
const INVALID = 'it does not compile';

export function mutateRuntimeSample(args: readonly string[]): void {
  const {values} = parseArgs({
    args: [...args],
    options: {
      mutants: {type: 'string', default: '60'},
      seed: {type: 'string', default: '1'},
      file: {type: 'string'},
    },
  });
  const names = readdirSync(join(ROOT, FOLDER)).filter(name => name.endsWith('.ts'));
  const files = names.filter(name => values.file === undefined || name === `${values.file}.ts`);
  const all = files.flatMap(name =>
    mutantsOf(`${FOLDER}/${name}`, readFileSync(join(ROOT, FOLDER, name), 'utf8')),
  );
  const unchanged = outcomeOf(undefined);
  if (unchanged !== '') throw new Error(`the unchanged sources fail: ${unchanged}`);
  console.log(`mutate: ${all.length} mutants of ${files.length} sources of the runtime`);
  const rows: Row[] = [];
  let [equivalent, invalid] = [0, 0];
  for (const mutant of sample(all, all.length, seeded(Number(values.seed)))) {
    if (rows.length >= Number(values.mutants)) break;
    const text = readFileSync(join(ROOT, mutant.file), 'utf8');
    if (isEquivalent(mutant, text)) {
      equivalent++;
      continue;
    }
    const how = outcomeOf(mutant);
    if (how === INVALID) {
      invalid++;
      continue;
    }
    const outcome = {isKilled: how !== '', how: how || 'all programs pass', seconds: 0};
    rows.push({what: describe(mutant, text), outcome});
    say(rows);
  }
  report(rows, `systematic mutants of the runtime, seed ${values.seed}`);
  console.log(`left out: ${equivalent} known as equivalent, ${invalid} that do not compile`);
}

/** How it was noticed; empty where it was not. */
function outcomeOf(mutant: Mutant | undefined): string {
  const self = fileURLToPath(import.meta.url);
  const {status, signal, stdout, stderr} = spawnSync(
    process.execPath,
    ['--import', 'tsx', self, '--one', JSON.stringify(mutant ?? {})],
    {encoding: 'utf8', timeout: LIMIT, cwd: ROOT},
  );
  if (signal) return 'it never ends';
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

async function judgeOne(mutant: Mutant): Promise<string> {
  const change: Change = (file, text) => (file === mutant.file ? applied(text, mutant) : text);
  const folder = mkdtempSync(join(tmpdir(), 'stowage-mutant-'));
  try {
    let shared: Uint8Array<ArrayBuffer>;
    try {
      shared = await compiled(ENTRY, change, SHARED);
    } catch {
      return INVALID;
    }
    writeFileSync(join(folder, 'runtime.shared.wasm'), shared);
    return await noticed(folder, () => compiled(ENTRY, change, OWN));
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

async function noticed(folder: string, own: () => Promise<Uint8Array<ArrayBuffer>>): Promise<string> {
  process.env.STOWAGE_WASM = folder; // the campaign's engine reads it when it is loaded
  const {drawRaw} = await import('../campaign/runtime/draw.ts');
  const {judgeRaw} = await import('../campaign/runtime/raw.ts');
  const {compareWithModel} = await import('../runtime/differential.ts');
  try {
    for (let number = 0; number < PROGRAMS; number++) judgeRaw(drawRaw(seeded(number + 1), 'runtime.shared'));
    const module = new WebAssembly.Module(await own());
    for (let seed = 1; seed <= SEEDS; seed++)
      compareWithModel({module, seed, length: 4 + seed, live: 2 + (seed % 7)});
    compareWithModel({
      module,
      seed: 20,
      length: 1800,
      live: 300,
      positions: 1,
      differences: ['larger', 'missing'],
    });
  } catch (error) {
    return (error as Error).message.split('\n')[0]!.slice(0, 120) || 'an error';
  }
  return '';
}

if (process.argv[2] === '--one') console.log(await judgeOne(JSON.parse(process.argv[3]!) as Mutant));
