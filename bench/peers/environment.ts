/** Python environments of the peers, made once in `build/peers`, with pinned versions. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const FOLDER = fileURLToPath(new URL('../../build/peers/', import.meta.url));
/** Milliseconds for pip. */
const LIMIT = 300_000;

/** An environment, or why there is none. */
export type Environment = {readonly python: string; readonly versions: string} | {readonly reason: string};

/** The environment that has exactly these packages, `NAME==VERSION` each. */
export function environment(name: string, packages: readonly string[]): Environment {
  const folder = join(FOLDER, name);
  const python =
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  const pins = packages.join(' ');
  const versions = existsSync(complete) ? readFileSync(complete, 'utf8') : '';
  if (versions.startsWith(`${pins}\n`)) return {python, versions: versions.slice(pins.length + 1)};
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(dirname(folder), {recursive: true});
  const base = process.env.PYTHON ?? 'python3';
  const steps: readonly (readonly [string, readonly string[]])[] = [
    [base, ['-m', 'venv', folder]],
    [python, ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '--no-deps', ...packages]],
  ];
  for (const [command, args] of steps) {
    const reason = failureOf(command, args);
    if (reason !== undefined) return {reason};
  }
  const {stdout} = spawnSync(python, ['--version'], {encoding: 'utf8'});
  writeFileSync(complete, `${pins}\n${stdout.trim()}`);
  return {python, versions: stdout.trim()};
}

function failureOf(command: string, args: readonly string[]): string | undefined {
  const {status, error, stderr, stdout} = spawnSync(command, args, {encoding: 'utf8', timeout: LIMIT});
  if (status === 0) return undefined;
  const line = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').at(-1);
  return `\`${command} ${args.slice(0, 3).join(' ')}\` failed: ${error?.message ?? line ?? `exit code ${status}`}`;
}
