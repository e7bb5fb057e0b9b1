/** Python for the few tests that need one of its packages: installed by pip beside the system's, in a folder of temporary files. */
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {lacks, type Skippable} from './requirements.ts';

const INSTALL_MS = 180_000;
const RUN_MS = 240_000;

export type RunPython = (args: readonly string[], input?: string) => string;

/** Runs scripts that need a package. @returns undefined where it does not install: then the test is skipped */
export function pythonWith(
  context: Skippable,
  packageName: 'wasmtime' | 'tflite-micro' | 'ai-edge-litert' | 'onnxruntime',
  moduleName: string,
): RunPython | undefined {
  const command = process.env.STOWAGE_PYTHON ?? 'python3';
  const home = join(tmpdir(), `stowage-python-${userInfo().username}-${packageName}`);
  const env = {...process.env, PYTHONPATH: home, PYTHONDONTWRITEBYTECODE: '1'};
  const imports = () => spawnSync(command, ['-c', `import ${moduleName}`], {env});
  if (spawnSync(command, ['--version']).status !== 0) {
    lacks(context, ['python', packageName], `this machine has no ${command}`);
    return undefined;
  }
  if (imports().status !== 0) {
    const failure = install(command, packageName, home) ?? lastLine(imports());
    if (failure !== undefined) {
      lacks(context, packageName, `Python's ${packageName} does not install here (${failure})`);
      return undefined;
    }
  }
  return (args, input = '') =>
    execFileSync(command, [...args], {env, input, encoding: 'utf8', timeout: RUN_MS, maxBuffer: 1 << 28});
}

/** Installs into a folder that appears whole or not at all, also beside other installs. @returns the fault */
function install(command: string, packageName: string, home: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-pip-'));
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--target',
    folder,
    packageName,
  ];
  const run = spawnSync(command, args, {timeout: INSTALL_MS});
  try {
    if (run.status !== 0) return lastLine(run);
    if (!existsSync(home)) renameSync(folder, home);
    return undefined;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function lastLine({status, stderr}: {status: number | null; stderr: Buffer}): string | undefined {
  if (status === 0) return undefined;
  return stderr.toString().trim().split('\n').at(-1) || `exit ${status}`;
}
