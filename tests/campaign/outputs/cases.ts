/** What is written, onto what, and what goes wrong. */
import type {Random} from '../../random.ts';

/** Commands whose output is the same in every run; `{input}` is the problem, `{output}` the name. */
export const COMMANDS: readonly {readonly args: readonly string[]; readonly ending: string}[] = [
  {args: ['convert', '{input}', '-o', '{output}'], ending: '.csv'},
  {args: ['convert', '{input}', '-o', '{output}'], ending: '.json'},
  {args: ['convert', '{input}', '-o', '{output}'], ending: '.csv.gz'},
  {args: ['anonymize', '{input}', '--key', 'k', '-o', '{output}'], ending: '.csv'},
  {args: ['plan', '{input}', '--algorithm', 'naive', '-o', '{output}'], ending: '.csv'},
  {args: ['plan', '{input}', '--algorithm', 'naive', '-o', '{output}'], ending: '.svg'},
  {args: ['report', '{input}', '--algorithm', 'naive', '-o', '{output}'], ending: '.html'},
  {
    args: ['export', '{input}', '--algorithm', 'naive', '--format', 'c-header', '-o', '{output}'],
    ending: '.h',
  },
  {args: ['check', '{input}', '--max-load', '1TiB', '-o', '{output}'], ending: '.md'},
];

export const TARGETS = [
  'nothing',
  'file',
  'link',
  'dangling link',
  'link in a linked folder',
  'pipe',
  'null device',
  'full device',
  'stdout',
] as const;
export type TargetKind = (typeof TARGETS)[number];

/** At the n-th such call the process gets a signal, or the call fails. */
export interface FaultPoint {
  readonly call: 'open' | 'write' | 'fsync' | 'fchmod' | 'rename';
  readonly n: number;
  readonly signal?: 'SIGKILL' | 'SIGINT' | 'SIGTERM' | 'SIGHUP';
  readonly error?: 'ENOSPC' | 'EIO' | 'EFBIG' | 'EDQUOT' | 'EACCES' | 'EROFS';
  /** The write does half of its bytes, and the next one fails. */
  readonly isShort?: boolean;
}

export interface OutputCase {
  readonly command: number;
  readonly target: TargetKind;
  /** Mode of the file that is there. */
  readonly mode: number;
  readonly fault?: FaultPoint | undefined;
  /** Another run writes the same name at once. */
  readonly isTwice?: boolean;
}

const CALLS = ['open', 'write', 'write', 'write', 'fsync', 'fchmod', 'rename'] as const;
const ERRORS: Readonly<Record<FaultPoint['call'], readonly NonNullable<FaultPoint['error']>[]>> = {
  open: ['EACCES', 'EROFS', 'ENOSPC', 'EIO'],
  write: ['ENOSPC', 'EIO', 'EFBIG', 'EDQUOT'],
  fsync: ['EIO', 'ENOSPC', 'EDQUOT'],
  fchmod: ['EIO', 'EROFS'],
  rename: ['EIO', 'EACCES', 'ENOSPC', 'EROFS'],
};
const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const MODES = [0o600, 0o640, 0o644, 0o664, 0o755] as const;

export function randomCase(random: Random): OutputCase {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const base = {
    command: random(COMMANDS.length),
    target: random(2) === 0 ? ('file' as const) : pick(TARGETS),
    mode: pick(MODES),
  };
  // the form of stdout is never a compressed one
  if (base.target === 'stdout' && COMMANDS[base.command]!.ending.endsWith('.gz')) base.command = 0;
  const what = random(8);
  if (what === 0) return base;
  if (what === 1) return {...base, isTwice: true};
  const call = pick(CALLS);
  const most = call === 'write' ? (random(2) === 0 ? 3 : 40) : call === 'open' ? 2 : 1;
  const n = 1 + random(most);
  if (what < 5) return {...base, fault: {call, n, signal: pick(SIGNALS)}};
  const isShort = call === 'write' && random(3) === 0;
  return {...base, fault: {call, n, error: pick(ERRORS[call]), ...(isShort ? {isShort} : {})}};
}
