/** Solvers that the bench knows by name: packages of PyPI behind adapters, and programs found on the PATH. */
import {existsSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {quoted} from '../command.ts';
import {environment} from './environment.ts';
import {adapterReport, type Run, readText, type Solver} from './solver.ts';
import type {Task} from './tasks.ts';

/** A solver by name that this machine cannot run, and the reason. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export const READY = 'omnimalloc[:ALLOCATOR[@THREADS]], vela, minimalloc, idealloc, all';

/** SuperMalloc on 12 threads, too: with fewer than 6 it leaves out the searches at the lower bound. */
const OMNIMALLOC = ['supermalloc', 'supermalloc@12', 'omni', 'telamalloc'].map(name => `omnimalloc:${name}`);
const PACKAGES = {
  omnimalloc: ['omnimalloc==1.0.0', 'typing-extensions==4.15.0'],
  vela: ['ethos-u-vela==5.2.0', 'flatbuffers==25.9.23', 'numpy==2.3.5'],
} as const;

/** Seconds for Python to start, and to read and write large instances. */
const GRACE = 5;

/** The names that one name of `--peer` means; none where it is not known. */
export function readyNames(text: string): readonly string[] {
  if (text === 'all') return [...OMNIMALLOC, 'vela', 'minimalloc', 'idealloc'];
  if (text === 'omnimalloc') return OMNIMALLOC;
  return /^(omnimalloc:\w+(@[1-9]\d*)?|vela|minimalloc|idealloc)$/.test(text) ? [text] : [];
}

/** The solver of a name from `readyNames`; its environment is made where it is missing. */
export function readySolver(name: string): Solver | Skipped {
  if (name === 'minimalloc') return onPath(name, minimalloc);
  if (name === 'idealloc') return onPath(name, idealloc);
  return name === 'vela' ? vela() : omnimalloc(name);
}

function omnimalloc(name: string): Solver | Skipped {
  const [allocator = '', threads] = name.slice('omnimalloc:'.length).split('@');
  return adapted(name, 'omnimalloc', allocator, {
    onlyMinimises: true,
    about: `${threads ?? 'as many threads as we have'}${threads === undefined ? '' : ' threads'}, where it uses them`,
    ...(threads === undefined ? {} : {threads: Number(threads)}),
  });
}

function vela(): Solver | Skipped {
  return adapted('vela', 'vela', 'hillclimb', {
    about: 'the hill climb alone, one thread; times as ranks; the time limit is ours, between its iterations',
  });
}

interface Adapted {
  readonly about: string;
  readonly onlyMinimises?: boolean;
  readonly threads?: number;
}

function adapted(
  name: string,
  kind: keyof typeof PACKAGES,
  algorithm: string,
  more: Adapted,
): Solver | Skipped {
  const found = environment(kind, PACKAGES[kind]);
  if ('reason' in found) return {name, reason: found.reason};
  const script = fileURLToPath(new URL(`adapters/${kind}_adapter.py`, import.meta.url));
  const start = `${quoted(found.python)} ${quoted(script)} ${algorithm}`;
  return {
    name,
    about: `${PACKAGES[kind][0].replace('==', ' ')}, ${found.versions}; ${more.about}`,
    ...(more.onlyMinimises === true ? {onlyMinimises: true} : {}),
    isRepeated: true,
    grace: GRACE,
    command: ({task, out, report, seconds, threads, warm}) => {
      const files = [task.file, out, report].map(quoted).join(' ');
      return `${start} ${files} ${seconds} ${more.threads ?? threads} ${task.capacity ?? '-'} ${warm}`;
    },
    reportOf: adapterReport,
  };
}

/** Its searches are for a capacity: without one it is asked for our lower bound, which no plan is below. */
function minimalloc(program: string): Solver {
  return {
    name: 'minimalloc',
    about: `${program}; one thread; where no capacity is given, it is asked for our lower bound: a help to it`,
    command: ({task: {file, capacity, bound}, out, seconds}) => {
      const flags = `--capacity=${capacity ?? bound} --timeout=${seconds}s`;
      return `${quoted(program)} ${flags} --input=${quoted(file)} --output=${quoted(out)}`;
    },
    reportOf: (_, said) => {
      const [, seconds] = /^\s*(\d+\.\d+)/.exec(said) ?? [];
      return seconds === undefined ? {} : {solve: Number(seconds)};
    },
  };
}

function idealloc(program: string): Solver {
  return {
    name: 'idealloc',
    about: `${program}; one life; times doubled, as it asks for lifetimes of 2; it prints a peak but no plan to verify`,
    onlyMinimises: true,
    prepare: task => writeFileSync(doubled(task), rowsOf(task)),
    command: ({task, report}) =>
      `${quoted(program)} -i ${quoted(doubled(task))} ex-csv -l 1 > ${quoted(report)}`,
    reportOf: ({report}: Run) => {
      const said = readText(report);
      const [, micros] = /allocation time:\s*(\d+)/.exec(said) ?? [];
      const [, peak] = /Makespan:\s*(\d+)/.exec(said) ?? [];
      return {
        ...(micros === undefined ? {} : {solve: Number(micros) / 1e6}),
        ...(peak === undefined ? {} : {claimed: Number(peak)}),
      };
    },
  };
}

const doubled = ({file}: Task) => `${file}.doubled.csv`;

function rowsOf({problem: {count, start, end, size}}: Task): string {
  const rows = Array.from({length: count}, (_, i) => `${i},${2 * start[i]!},${2 * end[i]!},${size[i]}`);
  return `id,lower,upper,size\n${rows.join('\n')}\n`;
}

function onPath(name: string, make: (program: string) => Solver): Solver | Skipped {
  const ending = process.platform === 'win32' ? '.exe' : '';
  const places = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name + ending));
  const program = places.find(existsSync);
  return program === undefined ? {name, reason: `no program \`${name}\` on the PATH`} : make(program);
}
