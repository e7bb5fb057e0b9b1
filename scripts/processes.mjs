/** Runs commands within a time limit. What exceeds it is killed together with all its descendants. */
import {spawn, spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';

/** Milliseconds that pipes may stay open after the end of a process; its own children can hold them. */
const GRACE = 2000;

/** Processes that run now. */
const running = new Set();

/** As `run`, of Node. */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd: string, env?: Record<string, string>, seconds: number, isShown?: boolean}} options `isShown`: the
 * output goes to the console, and is not collected
 * @returns {Promise<{status: number | null, signal: string | null, output: string, isLate: boolean, seconds: number}>}
 */
export function run(command, args, {cwd, env = {}, seconds, isShown = false}) {
  const begin = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: {...process.env, ...env},
    // a group of its own, so that it can be killed as a whole; Windows would open a window
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      killTree(child);
    }, seconds * 1000);
    const end = (status, signal) => {
      clearTimeout(limit);
      running.delete(child);
      resolve({status, signal, output, isLate, seconds: (performance.now() - begin) / 1000});
    };
    child.once('error', error => {
      clearTimeout(limit);
      running.delete(child);
      reject(error);
    });
    child.once('exit', (status, signal) => {
      const grace = setTimeout(() => {
        killGroup(child.pid);
        child.stdout?.destroy();
        child.stderr?.destroy();
        end(status, signal);
      }, GRACE);
      child.once('close', () => {
        clearTimeout(grace);
        end(status, signal);
      });
    });
  });
}

/** Kills all that run now, e.g. before this process ends. */
export function killAll() {
  for (const child of running) killTree(child);
}

/** Ends this process and all that it started where a signal asks for it. */
export function endOnSignals() {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ]) {
    process.on(signal, () => {
      killAll();
      process.exit(128 + number);
    });
  }
}

function killTree(child) {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], {stdio: 'ignore'});
    return;
  }
  // a browser is in a group of its own: its parent must be known before that one is gone
  const descendants = descendantsOf(child.pid);
  killGroup(child.pid);
  for (const pid of descendants) kill(pid);
}

function killGroup(pid) {
  if (process.platform !== 'win32') kill(-pid);
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone
  }
}

function descendantsOf(root) {
  const parents = parentsOfProcesses();
  const found = new Set([root]);
  // a child can be listed before its parent, so until nothing is added
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return found;
}

/** @returns {[pid: number, parent: number][]} */
function parentsOfProcesses() {
  const {status, stdout} = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], {encoding: 'utf8'});
  if (status === 0)
    return stdout
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).map(Number));
  if (process.platform !== 'linux') return [];
  // small containers have no `ps`
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        return [[Number(pid), Number(parent)]];
      } catch {
        return [];
      }
    });
}
