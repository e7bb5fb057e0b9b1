/** Sources of instances: short descriptions, so that another process can read or make them itself. */
import {createReadStream, existsSync, readdirSync} from 'node:fs';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ProblemColumns} from '../bindings/index.ts';
import {importFile, stepProblem} from '../bindings/trace.ts';
import {GENERATORS, type Generator, heap, scattered, training} from './instances.ts';

/** A problem that a generator makes, or that a file holds; of a trace, one iteration. */
export type Source =
  | {readonly generator: Generator; readonly n: number; readonly seed: number}
  | {readonly file: string; readonly iteration?: number; readonly lifetimes?: 'linear'};

/** A named problem. */
export interface Instance {
  readonly name: string;
  readonly problem: ProblemColumns;
}

const EXAMPLES = new URL('../examples/', import.meta.url);
const SHARED = new URL('../../shared/data/', import.meta.url);

/** Whether the collection is beside the project. */
export const hasShared = () => existsSync(SHARED);

/** The problem of a source; its file is read to the end. */
export async function problemOf(source: Source): Promise<ProblemColumns> {
  if ('generator' in source) return GENERATORS[source.generator](source.n, source.seed);
  const {file, iteration, lifetimes} = source;
  const imported = await importFile({name: basename(file), data: createReadStream(file)});
  if (imported.kind === 'problem') return imported.problem;
  return stepProblem(imported.trace, {
    ...(iteration === undefined ? {} : {iteration}),
    ...(lifetimes === undefined ? {} : {lifetimes}),
  }).problem;
}

/** Paths of the problems or traces in a folder of the collection, by name; none where it is not there. */
export function filesOf(folder: string): string[] {
  const url = new URL(`${folder}/`, SHARED);
  if (!existsSync(url)) return [];
  const names = readdirSync(url).filter(name => /\.(csv|json\.gz|csv\.gz|log\.gz)$/.test(name));
  return names.sort().map(name => fileURLToPath(new URL(name, url)));
}

/** A file's name without the endings of its format. */
export const nameOf = (file: string) =>
  basename(file).replace(/(\.1048576)?\.(csv|json|log|txt)(\.gz)?$/, '');

/** The last whole iteration of each trace in `examples/`. */
export async function examples(): Promise<Instance[]> {
  const names = ['resnet50.training.json.gz', 'mobilenet_v2.inference.json.gz'];
  return instancesOf(names.map(name => fileURLToPath(new URL(name, EXAMPLES))));
}

/** Files of the collection; none where it is not there, which is said. */
export async function shared(folders: readonly string[]): Promise<Instance[]> {
  if (!hasShared()) console.log('../shared/data is not there: its instances are left out\n');
  return instancesOf(folders.flatMap(folder => filesOf(`instances/${folder}`)));
}

async function instancesOf(files: readonly string[]): Promise<Instance[]> {
  const instances: Instance[] = [];
  for (const file of files) instances.push({name: nameOf(file), problem: await problemOf({file})});
  return instances;
}

/** The generators at growing sizes. */
export function generated(sizes: readonly number[]): Instance[] {
  return sizes.flatMap(n => [
    {name: `training-${n}`, problem: training(n, 1)},
    {name: `heap-${n}`, problem: heap(n, 2)},
    {name: `scattered-${n}`, problem: scattered(n, 3)},
  ]);
}
