/** Runs a case in a folder of its own and looks at all that is there afterwards. */
import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  closeSync,
  existsSync,
  constants as files,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {constants, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {firstMissing, type Requirement} from '../../requirements.ts';
import type {Verdict} from '../campaign.ts';
import {COMMANDS, type FaultPoint, type OutputCase} from './cases.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const SHIM = fileURLToPath(new URL('shim.c', import.meta.url));
const OLD = 'the old bytes\n';
const NEIGHBOUR = 'a neighbour\n';
/** Rows of the problem: some writes, and some pieces of gzip. */
const ROWS = 2000;
const MOST_SECONDS = 40;
const isRoot = process.getuid?.() === 0;

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A fault, in the words of the verdict. */
class Wrong extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

export class Judge {
  readonly folder: string;
  readonly #input: string;
  /** Undefined where nothing compiles it. */
  readonly #shim: string;
  /** What the cases with a fault need and is not here. */
  readonly missing: Requirement | undefined;
  /** Bytes of an undisturbed run, per command. */
  readonly #whole: readonly Buffer[];
  #cases = 0;

  private constructor(
    folder: string,
    input: string,
    shim: string,
    whole: readonly Buffer[],
    missing: Requirement | undefined,
  ) {
    this.folder = folder;
    this.#input = input;
    this.#shim = shim;
    this.missing = missing;
    this.#whole = whole;
  }

  static async open(): Promise<Judge> {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-outputs-'));
    const input = join(folder, 'problem.csv');
    const rows = Array.from({length: ROWS}, (_, i) => `b${i},${i},${i + 3},${64 + (i % 100)}`);
    writeFileSync(input, `id,lower,upper,size\n${rows.join('\n')}\n`);
    const missing = firstMissing('cc', 'linux');
    const shim = join(folder, 'shim.so');
    if (!missing) execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', shim, SHIM, '-ldl']);
    const whole = COMMANDS.map(({args, ending}, command) => {
      const output = join(folder, `whole-${command}${ending}`);
      const filled = args.map(each => each.replace('{input}', input).replace('{output}', output));
      const {status, stderr} = spawnSync(process.execPath, [MAIN, ...filled], {encoding: 'utf8'});
      if (status !== 0) throw new Error(`${filled.join(' ')}: ${stderr}`);
      return readFileSync(output);
    });
    return new Judge(folder, input, shim, whole, missing);
  }

  async judge(drawn: OutputCase): Promise<Verdict> {
    if (drawn.fault && this.missing) return {lacks: this.missing};
    const cwd = join(this.folder, `${this.#cases++}`);
    mkdirSync(cwd);
    try {
      return {counts: await this.#judgeIn(cwd, drawn)};
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      return {fault: {kind: error.kind, message: `${describe(drawn)}: ${error.message}`}};
    } finally {
      rmSync(cwd, {recursive: true, force: true});
    }
  }

  async #judgeIn(cwd: string, given: OutputCase): Promise<Record<string, number>> {
    // two writers of one pipe or stdout mix, as they should
    const isTwice = given.isTwice === true && given.target !== 'pipe' && given.target !== 'stdout';
    const drawn = {...given, isTwice};
    const scene = setScene(cwd, drawn);
    if (!scene) return {'no devices here': 1};
    const before = listing(cwd);
    const reader = drawn.target === 'pipe' ? readPipe(scene.output) : undefined;
    const runs = [
      this.#run(cwd, scene.output, drawn),
      ...(drawn.isTwice ? [this.#run(cwd, scene.output, drawn)] : []),
    ];
    const outcomes = await Promise.all(runs);
    const isWhole = outcomes.every(({code}) => code === 0);
    const received = await reader?.(isWhole);
    const reached = existsSync(join(cwd, '.reached'));
    for (const outcome of outcomes) this.#checkOutcome(outcome, drawn, scene, reached);
    this.#checkBytes(drawn, scene, isWhole, received);
    const left = checkListing(before, listing(cwd), scene, drawn);
    if (left > 0) await this.#checkNext(cwd, drawn, scene, before);
    return {
      [isWhole ? 'written' : (outcomes[0]!.signal ?? 'refused')]: 1,
      ...(left > 0 ? {'left a temporary file, removed by the next run': 1} : {}),
    };
  }

  async #run(cwd: string, output: string, {command, target, fault}: OutputCase): Promise<Outcome> {
    const isStdout = target === 'stdout';
    const {args, ending} = COMMANDS[command]!;
    const filled = args.map(each =>
      each.replace('{input}', this.#input).replace('{output}', isStdout ? '-' : output),
    );
    if (isStdout) filled.push(...formOf(args[0]!, ending));
    const stdout = openSync(isStdout ? output : '/dev/null', files.O_WRONLY | files.O_APPEND);
    const env = {...process.env, ...(fault ? faultEnvironment(fault, cwd, this.#shim, isStdout) : {})};
    const child = spawn(process.execPath, [MAIN, ...filled], {cwd, stdio: ['ignore', stdout, 'pipe'], env});
    closeSync(stdout);
    return ended(child);
  }

  #checkOutcome({code, signal, stderr}: Outcome, drawn: OutputCase, scene: Scene, isReached: boolean): void {
    const {fault, target} = drawn;
    if (/bug in stowage|^ {4}at |node:internal/m.test(stderr)) throw new Wrong('crash', stderr);
    if (signal !== null) {
      if (signal !== fault?.signal) throw new Wrong('signal', `ended by ${signal}`);
      return;
    }
    if (code === 0) {
      if (target === 'full device') throw new Wrong('unnoticed', 'exit 0 on a full device');
      if (fault?.error && isReached) throw new Wrong('unnoticed', `exit 0 after ${fault.error}`);
      return;
    }
    if (code !== 3) throw new Wrong('exit code', `${code}: ${stderr}`);
    if (!fault?.error && target !== 'full device') throw new Wrong('refused', stderr);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .filter(line => line.startsWith('stowage: '));
    const name = target === 'stdout' ? '<stdout>' : scene.output;
    if (lines.filter(line => line.startsWith(`stowage: ${name}: `)).length !== 1 || lines.length !== 1)
      throw new Wrong('message', stderr);
  }

  #checkBytes(
    {command, target}: OutputCase,
    scene: Scene,
    isWhole: boolean,
    received: Buffer | undefined,
  ): void {
    const whole = this.#whole[command]!;
    if (target === 'pipe') {
      if (isWhole && !received!.equals(whole))
        throw new Wrong('torn', `the pipe's reader got ${received!.length} bytes of ${whole.length}`);
      return;
    }
    if (scene.file === undefined) return;
    const now = existsSync(scene.file) ? readFileSync(scene.file) : undefined;
    if (target === 'stdout') {
      const expected = isWhole ? whole : whole.subarray(0, Math.max(0, (now?.length ?? 0) - OLD.length));
      if (!now?.equals(Buffer.concat([Buffer.from(OLD), expected]))) throw new Wrong('torn', 'stdout');
      return;
    }
    const isOld = scene.isThere ? now?.toString('latin1') === OLD : now === undefined;
    const isNew = now?.equals(whole) === true;
    if (isWhole ? !isNew : !isOld && !isNew)
      throw new Wrong('torn', `${now?.length ?? 'no'} bytes where the whole has ${whole.length}`);
  }

  /** The next run of that name removes what is left of a killed one. */
  async #checkNext(
    cwd: string,
    drawn: OutputCase,
    scene: Scene,
    before: ReadonlyMap<string, string>,
  ): Promise<void> {
    const {code, stderr} = await this.#run(cwd, scene.output, {...drawn, fault: undefined});
    if (code !== 0) throw new Wrong('next run', stderr);
    const left = [...listing(cwd).keys()].filter(name => name.endsWith('.tmp') && !before.has(name));
    if (left.length > 0) throw new Wrong('left', `${left.join(', ')} after the next run`);
  }
}

interface Scene {
  /** What the command is told to write. */
  readonly output: string;
  /** The regular file behind it; absent for pipes and devices. */
  readonly file?: string;
  /** Whether that file is there at the start. */
  readonly isThere: boolean;
}

/** @returns undefined where this machine cannot make it */
function setScene(cwd: string, {command, target, mode}: OutputCase): Scene | undefined {
  const {ending} = COMMANDS[command]!;
  const output = join(cwd, `o${ending}`);
  const folder = join(cwd, 'folder');
  mkdirSync(folder);
  writeFileSync(join(cwd, 'neighbour'), NEIGHBOUR);
  writeFileSync(join(cwd, `.o${ending}.tmp`), NEIGHBOUR);
  writeFileSync(join(folder, `neighbour${ending}`), NEIGHBOUR);
  const inFolder = join(folder, `t${ending}`);
  switch (target) {
    case 'nothing':
      return {output, file: output, isThere: false};
    case 'file':
    case 'stdout':
      writeFileSync(output, OLD, {mode});
      return {output, file: output, isThere: true};
    case 'link':
      writeFileSync(inFolder, OLD, {mode});
      symlinkSync(`folder/t${ending}`, output);
      return {output, file: inFolder, isThere: true};
    case 'dangling link':
      symlinkSync(`folder/t${ending}`, output);
      return {output, file: inFolder, isThere: false};
    case 'link in a linked folder':
      writeFileSync(join(cwd, `t${ending}`), OLD, {mode});
      symlinkSync('folder', join(cwd, 'also'));
      symlinkSync(`../t${ending}`, join(folder, `o${ending}`));
      return {output: join(cwd, 'also', `o${ending}`), file: join(cwd, `t${ending}`), isThere: true};
    case 'pipe':
      return made('mkfifo', output) ? {output, isThere: true} : undefined;
    // root could replace the machine's own devices: these are made here
    case 'null device':
      return isRoot && made('mknod', output, 'c', '1', '3') ? {output, isThere: true} : undefined;
    case 'full device':
      return isRoot && made('mknod', output, 'c', '1', '7') ? {output, isThere: true} : undefined;
  }
}

function made(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, {stdio: 'ignore'}).status === 0;
}

function faultEnvironment(
  {call, n, signal, error, isShort}: FaultPoint,
  cwd: string,
  shim: string,
  isStdout: boolean,
) {
  return {
    LD_PRELOAD: shim,
    // else calls would pass the C library by
    UV_USE_IO_URING: '0',
    FAULT_FOLDER: `${cwd}/`,
    FAULT_REACHED: join(cwd, '.reached'),
    FAULT_CALL: call,
    FAULT_N: `${n}`,
    ...(isStdout ? {FAULT_STDOUT: '1'} : {}),
    ...(signal ? {FAULT_SIGNAL: `${constants.signals[signal]}`} : {}),
    ...(error ? {FAULT_ERRNO: `${constants.errno[error]}`} : {}),
    ...(isShort ? {FAULT_SHORT: '1'} : {}),
  };
}

/** `-o -` has no ending, and each command shows its form in its own way. */
function formOf(command: string, ending: string): string[] {
  if (command === 'check') return ['--markdown'];
  return command === 'export' ? [] : ['--form', ending.replace('.gz', '').slice(1)];
}

async function ended(child: ChildProcess): Promise<Outcome> {
  let stderr = '';
  child.stderr!.on('data', data => {
    stderr += data;
  });
  const timer = setTimeout(() => child.kill('SIGABRT'), MOST_SECONDS * 1000);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return {code, signal, stderr};
}

/** Reads a pipe until its writer is gone. @returns the function that waits for the bytes */
function readPipe(path: string): (isWritten: boolean) => Promise<Buffer> {
  const child = spawn('cat', [path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', chunk => chunks.push(chunk));
  const done = once(child, 'close');
  return async isWritten => {
    // a writer that never opened it leaves the reader waiting
    const timer = isWritten ? undefined : setTimeout(() => child.kill(), 500);
    await done;
    clearTimeout(timer);
    return Buffer.concat(chunks);
  };
}

/** Each entry below a folder: kind, mode, owner, and the bytes or the target of a link. */
function listing(cwd: string): Map<string, string> {
  const entries = readdirSync(cwd, {recursive: true, encoding: 'utf8'}).map(name => {
    const path = join(cwd, name);
    const found = lstatSync(path);
    const content = found.isFile()
      ? readFileSync(path, 'latin1')
      : found.isSymbolicLink()
        ? readlinkSync(path)
        : '';
    return [name, [found.mode.toString(8), found.uid, found.gid, found.rdev, content].join(' ')] as const;
  });
  return new Map(entries);
}

/** @returns the number of temporary files that are left, which only a killed process may leave */
function checkListing(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  scene: Scene,
  {fault}: OutputCase,
): number {
  const root = scene.output.slice(0, scene.output.indexOf('/o.') + 1);
  let left = 0;
  for (const [name, now] of after) {
    if (name === '.reached') continue;
    const was = before.get(name);
    const isOutput = scene.file?.endsWith(`/${name}`);
    const attributes = (text: string | undefined) => text?.split(' ').slice(0, 4).join(' ');
    if (was === now || (isOutput && (was === undefined || attributes(was) === attributes(now)))) continue;
    if (was === undefined && name.endsWith('.tmp') && fault?.signal === 'SIGKILL') left++;
    else
      throw new Wrong(
        was === undefined ? 'left' : 'changed',
        `${name}: ${attributes(was)} is ${attributes(now)}`,
      );
  }
  const gone = [...before.keys()].find(name => !after.has(name));
  if (gone !== undefined) throw new Wrong('gone', `${gone} in ${root}`);
  if (left > 1) throw new Wrong('left', `${left} temporary files`);
  return left;
}

function describe({command, target, fault, isTwice, mode}: OutputCase): string {
  const {args, ending} = COMMANDS[command]!;
  const what = fault
    ? `${fault.signal ?? fault.error} at ${fault.call} ${fault.n}${fault.isShort ? ', short' : ''}`
    : isTwice
      ? 'two writers'
      : 'undisturbed';
  return `${args[0]} to ${ending}, ${target} of mode ${mode.toString(8)}, ${what}`;
}
