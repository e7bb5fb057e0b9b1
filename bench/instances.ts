/** What is measured: seeded generators, the traces that ship, and the collection in `../shared` where it exists. */
import {createReadStream, existsSync, readdirSync} from 'node:fs';
import {basename} from 'node:path';
import type {ProblemColumns} from '../bindings/index.ts';
import {importFile, stepProblem} from '../bindings/trace/index.ts';
import {type Random, seeded} from '../tests/random.ts';

/** A named problem. */
export interface Instance {
  readonly name: string;
  readonly problem: ProblemColumns;
}

const EXAMPLES = new URL('../examples/', import.meta.url);
const SHARED = new URL('../../shared/data/instances/', import.meta.url);

/** A training step: layers that keep their activations until the way back, with short-lived workspaces beside them. */
export function training(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const layers = Math.ceil(n / 4);
  const rows: [number, number, number][] = [];
  for (let layer = 0; layer < layers && rows.length < n; layer++) {
    const size = 256 * (1 + random(4096));
    const there = layer * 4;
    const back = (2 * layers - layer) * 4;
    rows.push([there, back + 1, size]);
    rows.push([there + 1, there + 2, size * (1 + random(3))]);
    rows.push([back, back + 3, size]);
    rows.push([back + 1, back + 2, 256 * (1 + random(512))]);
  }
  return columns(rows.slice(0, n));
}

/** A program's heap: few sizes, mostly short lives, a heavy tail of long ones. */
export function heap(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const rows: [number, number, number][] = [];
  for (let i = 0; i < n; i++) {
    const life = Math.min(2 * n, Math.ceil(8 / (1 - random(1_000_000) / 1_000_001)));
    rows.push([2 * i, 2 * i + life, 16 * (1 + Math.floor(8 / (1 - random(1000) / 1001)))]);
  }
  return columns(rows);
}

/** Lifetimes and sizes without any order: hard to pack. */
export function scattered(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  return columns(Array.from({length: n}, () => randomRow(random, n)));
}

function randomRow(random: Random, n: number): [number, number, number] {
  const start = random(n);
  return [start, start + 1 + random(Math.ceil(n / 8)), 1024 * (1 + random(300))];
}

function columns(rows: readonly (readonly [number, number, number])[]): ProblemColumns {
  const count = rows.length;
  return {
    count,
    start: Uint32Array.from(rows, row => row[0]),
    end: Uint32Array.from(rows, row => row[1]),
    size: Float64Array.from(rows, row => row[2]),
    alignment: new Float64Array(count),
    offset: new Float64Array(count).fill(-1),
    gapIndex: new Uint32Array(count + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
  };
}

/** The generators at growing sizes. */
export function generated(sizes: readonly number[]): Instance[] {
  return sizes.flatMap(n => [
    {name: `training-${n}`, problem: training(n, 1)},
    {name: `heap-${n}`, problem: heap(n, 2)},
    {name: `scattered-${n}`, problem: scattered(n, 3)},
  ]);
}

/** The last whole iteration of each trace in `examples/`. */
export async function examples(): Promise<Instance[]> {
  return Promise.all(
    ['resnet50.training.json.gz', 'mobilenet_v2.inference.json.gz'].map(name => read(name, EXAMPLES)),
  );
}

/** Files of the shared collection; none where it is not there, which is said. */
export async function shared(folders: readonly string[]): Promise<Instance[]> {
  if (!existsSync(SHARED)) {
    console.log('../shared/data/instances is not there: its instances are left out\n');
    return [];
  }
  const instances: Instance[] = [];
  for (const folder of folders) {
    const url = new URL(`${folder}/`, SHARED);
    for (const name of readdirSync(url).sort()) {
      if (/\.csv(\.gz)?$/.test(name)) instances.push(await read(name, url));
    }
  }
  return instances;
}

async function read(name: string, folder: URL): Promise<Instance> {
  const imported = await importFile({name, data: createReadStream(new URL(name, folder))});
  const problem = imported.kind === 'problem' ? imported.problem : stepProblem(imported.trace).problem;
  return {name: basename(name).replace(/\.(csv|json)(\.gz)?$/, ''), problem};
}
