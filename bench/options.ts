/** The benches' options on the command line. */
import {parseArgs} from 'node:util';

export interface BenchOptions {
  /** The benches to run; all but `peers`, `records` and `distributed` where none is named. */
  readonly names: readonly string[];
  /** Only instances whose name matches. */
  readonly only: RegExp;
  /** Time limit per instance in place of the default budget of nodes, seconds. */
  readonly seconds?: number;
  /** Timed runs per instance after the first, whatever they take. */
  readonly samples?: number;
  readonly threads: number;
  readonly seed: number;
  /** Seeded instances in place of the collection in `../shared`. */
  readonly synthetic: boolean;
  /** Includes rows that take minutes. */
  readonly long: boolean;
  /** A tenth of the work, for a look. */
  readonly quick: boolean;
  /** Names of solvers to run beside ours, or `NAME=COMMAND`. */
  readonly peers: readonly string[];
  /** Root of another built package to measure beside this one; for `import` and `start`. */
  readonly against?: string;
  /** Bytes that peers and we are asked to keep to. */
  readonly capacity?: number;
}

export const USAGE = `usage: npm run bench -- [BENCH …] [options]
  --only REGEX    only the instances whose name matches; peers: capacity/A, minimised/A, small/NAME, large/NAME;
                  batch: files, merge, queue
  --seconds N     time limit per instance, in place of the default budget of nodes
  --samples N     timed runs per instance after the first (default: at least 5 below a second, else none)
  --threads N     threads to plan on (default 1)
  --seed N        of the generators and searches (default 1)
  --synthetic     seeded instances, also where ../shared is there
  --long          solve: D and J with a long limit, too (60 s, or --seconds); import, page: recordings of 1 GB, too;
                  pytorch: every net, batch, number of threads and allocator; batch: 1,000 files of 14 MB
  --quick         runtime, inference, standalone, pytorch, batch: a tenth of the work, for a look
  --peer NAME     peers: a solver to run beside ours, may be repeated: omnimalloc[:ALLOCATOR[@THREADS]], vela,
                  minimalloc, idealloc, all, or 'NAME=COMMAND {in} {out} {capacity} {seconds} {threads}'
  --against DIR   import, start: another checkout, built, to measure in turns with this one
  --capacity N    peers: bytes to keep to (default 1048576 for MiniMalloc's suite, else none)`;

/** @throws Error for unknown options and invalid numbers. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const {values, positionals} = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: {type: 'string', default: ''},
      seconds: {type: 'string'},
      samples: {type: 'string'},
      threads: {type: 'string', default: '1'},
      seed: {type: 'string', default: '1'},
      synthetic: {type: 'boolean', default: false},
      long: {type: 'boolean', default: false},
      quick: {type: 'boolean', default: false},
      peer: {type: 'string', multiple: true, default: []},
      against: {type: 'string'},
      capacity: {type: 'string'},
    },
  });
  const {seconds, samples, capacity, against} = values;
  return {
    names: positionals,
    only: new RegExp(values.only),
    ...(seconds === undefined ? {} : {seconds: positive('seconds', seconds)}),
    ...(samples === undefined ? {} : {samples: whole('samples', samples)}),
    ...(capacity === undefined ? {} : {capacity: whole('capacity', capacity)}),
    threads: whole('threads', values.threads),
    seed: whole('seed', values.seed),
    synthetic: values.synthetic,
    long: values.long,
    quick: values.quick,
    peers: values.peer,
    ...(against === undefined ? {} : {against}),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new Error(`--${name}: expected a number above 0, got ${text}`);
  }
  return value;
}

function whole(name: string, text: string): number {
  const value = positive(name, text);
  if (!Number.isSafeInteger(value)) throw new Error(`--${name}: expected an integer, got ${text}`);
  return value;
}
