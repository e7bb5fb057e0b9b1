/** The shares of a batch: which files this machine does, of several that have the same list and do not talk. */
import {CliError, EXIT} from '../io/exit.ts';
import type {ListedFile} from './files.ts';

/** `share` of `shares`, from 1. */
export interface ShareNumber {
  readonly share: number;
  readonly shares: number;
  /** Where the numbers come from, in words; `''` where the user gave them. */
  readonly source: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `3/16`. */
export function parseShare(text: string): ShareNumber | undefined {
  const [, share, shares] = /^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? [];
  const found = {share: Number(share), shares: Number(shares), source: ''};
  return found.share >= 1 && found.share <= found.shares ? found : undefined;
}

/**
 * The share that an array of Slurm or an Indexed Job of Kubernetes gives this process; undefined where neither runs it.
 * @param shares the number of all shares, where it is given: an Indexed Job does not say it.
 * @throws CliError where the variables are no share.
 */
export function shareOfEnvironment(shares: number | undefined, env: Environment): ShareNumber | undefined {
  if (env.SLURM_ARRAY_TASK_ID !== undefined) return shareOfSlurm(shares, env);
  const {JOB_COMPLETION_INDEX: index} = env;
  if (index !== undefined) {
    if (shares === undefined)
      throw new CliError(
        'JOB_COMPLETION_INDEX is set, and the number of completions is not known: add --shards N',
        EXIT.usage,
      );
    return checked(Number(index) + 1, shares, 'JOB_COMPLETION_INDEX');
  }
  if (shares === undefined || shares === 1) return undefined;
  throw new CliError(
    '--shards: expected SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX in the environment: use --shard I/N',
    EXIT.usage,
  );
}

function shareOfSlurm(given: number | undefined, env: Environment): ShareNumber {
  const numberOf = (name: string): number => Number(env[name] ?? Number.NaN);
  const [id, least, most, count] = ['ID', 'MIN', 'MAX', 'COUNT'].map(part =>
    numberOf(`SLURM_ARRAY_TASK_${part}`),
  ) as [number, number, number, number];
  const step = Number(env.SLURM_ARRAY_TASK_STEP ?? 1);
  const isRow = Number.isNaN(most) || (most - least) / step + 1 === count;
  if (!isRow || Number.isNaN(least))
    throw new CliError(
      `SLURM_ARRAY_TASK_ID is ${env.SLURM_ARRAY_TASK_ID}, and the array is no row of numbers such as 0-15: use --shard I/N`,
      EXIT.usage,
    );
  if (given !== undefined && given !== count)
    throw new CliError(
      `--shards ${given}: the array of Slurm has ${count} tasks (SLURM_ARRAY_TASK_COUNT)`,
      EXIT.usage,
    );
  return checked((id - least) / step + 1, count, 'SLURM_ARRAY_TASK_ID');
}

function checked(share: number, shares: number, source: string): ShareNumber {
  if (Number.isInteger(share) && share >= 1 && share <= shares) return {share, shares, source};
  throw new CliError(`${source}: expected a share from 1 to ${shares}, got ${share}`, EXIT.usage);
}

/**
 * The files of a share, in the order of names. The largest file goes first, to the share that has least bytes, the first among
 * equals: so all machines agree, and no share has more than its part and one file.
 */
export function filesOfShare(files: readonly ListedFile[], {share, shares}: ShareNumber): ListedFile[] {
  const bytesOf = (file: ListedFile): number => file.bytes ?? 0;
  const largest = [...files].sort((a, b) => bytesOf(b) - bytesOf(a) || (a.name < b.name ? -1 : 1));
  const sums = new Array<number>(shares).fill(0);
  const counts = new Array<number>(shares).fill(0);
  const own = new Set<ListedFile>();
  for (const file of largest) {
    let least = 0;
    for (let k = 1; k < shares; k++) {
      // of equal bytes, such as those of files whose size is not known, the one with fewer files
      if (sums[k]! < sums[least]! || (sums[k] === sums[least] && counts[k]! < counts[least]!)) least = k;
    }
    sums[least]! += bytesOf(file);
    counts[least]!++;
    if (least === share - 1) own.add(file);
  }
  return files.filter(file => own.has(file));
}
