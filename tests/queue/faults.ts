/**
 * A batch on a queue while things go wrong: workers are killed at random moments, the database restarts, clocks jump, two
 * coordinators run at once. `npm test` runs a few; a long run, by hand:
 *
 *     node --import tsx tests/queue/faults.ts [--kills 100] [--seed 1]
 */
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import pg from 'pg';
import {openQueue} from '../../bindings/cli/queue/connection.ts';
import {BATCH_QUEUE} from '../../bindings/cli/queue/jobs.ts';
import {writeRanks} from '../../tools/simulate/ranks.ts';
import {type Random, seeded} from '../random.ts';
import {type Clock, type Command, endCommands, startCommand} from './commands.ts';
import {startPostgres, type TestServer} from './postgres.ts';

export interface Faults {
  readonly seed: number;
  /** Workers that are killed, at random moments. */
  readonly kills: number;
  /** The same command, so often at once. */
  readonly coordinators: number;
  /** Times that the database restarts. */
  readonly restarts?: number;
  /** Of a worker that is killed some time after its clock has jumped. */
  readonly clock?: Clock;
}

/** What happened. */
export interface FaultRun {
  readonly exitCodes: readonly (number | NodeJS.Signals)[];
  readonly output: string;
  /** Kills that came before the batch was over. */
  readonly kills: number;
  readonly restarts: number;
  /** Of the queue, by state. */
  readonly counts: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Files of a batch, and one more that is damaged. */
const RANKS = 59;
const WORKERS = 2;
/** A killed worker's jobs are taken by another after twice this. */
const HEARTBEAT = '400ms';
/** From one kill to the next, milliseconds. */
const [SHORTEST, LONGEST] = [250, 1400];

/** Writes the files that all runs have. @returns their folder */
export function writeFiles(folder: string): string {
  const root = join(folder, 'run');
  writeRanks(root, {ranks: RANKS, groups: 1, outliers: 2, megabytes: 0.02, seed: 3});
  writeFileSync(join(root, 'damaged_rank59.pickle'), Buffer.from('\x80\x04this is no snapshot'));
  return root;
}

/** Files under a store's folders by name, with their bytes. */
export function contentsOf(out: string): Map<string, string> {
  const folders = ['files', 'results', 'shares'];
  const names = folders.flatMap(folder => readdirSync(join(out, folder)).map(name => `${folder}/${name}`));
  return new Map(names.sort().map(name => [name, readFileSync(join(out, name), 'utf8')]));
}

export async function localBatch(root: string, out: string): Promise<number | NodeJS.Signals> {
  return startCommand(['batch', root, '--root', root, '--out', out, '--jobs', '2']).end;
}

/** A batch in a new database of the server, with its faults. */
export async function batchWithFaults(
  server: TestServer,
  root: string,
  out: string,
  faults: Faults,
): Promise<FaultRun> {
  const begin = performance.now();
  const env = {STOWAGE_QUEUE: await server.database()};
  const worker = (clock?: Clock): Command =>
    startCommand(['worker', '--root', root, '--jobs', '1', '--heartbeat', HEARTBEAT], {
      env,
      ...(clock ? {clock} : {}),
    });
  const coordinators = Array.from({length: faults.coordinators}, () =>
    startCommand(['batch', root, '--root', root, '--out', out, '--queue', 'env'], {env}),
  );
  const ends = Promise.all(coordinators.map(({end}) => end));
  const jobs = new JobsInHand(env.STOWAGE_QUEUE);
  const run = new Disturbed({start: worker, server, jobs}, faults, ends);
  try {
    const kills = await run.disturb();
    const exitCodes = await ends;
    return {
      exitCodes,
      output: [...coordinators, ...run.all].map(({output}) => output()).join('\n'),
      kills,
      restarts: run.restarts,
      counts: await countsOf(env.STOWAGE_QUEUE),
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    for (const {process} of [...coordinators, ...run.all]) process.kill('SIGKILL');
    await jobs.close();
  }
}

/** What the database says of a worker. */
class JobsInHand {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({connectionString: url, max: 1});
    // it is lost where the database restarts
    this.#pool.on('error', () => {});
  }

  /** Whether the coordinator has added jobs, and a worker has done one. */
  async haveBegun(): Promise<boolean> {
    const done = `SELECT 1 FROM bullmq.job WHERE state = 'completed' LIMIT 1`;
    const found = await this.#pool.query(done).catch(() => undefined);
    return (found?.rows.length ?? 0) > 0;
  }

  async areWith({process}: Command): Promise<boolean> {
    const active = `SELECT 1 FROM bullmq.job WHERE state = 'active' AND processed_by LIKE '%-${process.pid}'`;
    const found = await this.#pool.query(active).catch(() => undefined);
    return (found?.rows.length ?? 0) > 0;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

async function countsOf(url: string): Promise<Readonly<Record<string, number>>> {
  const connection = await openQueue(url);
  try {
    const counts = await connection.queue(BATCH_QUEUE).getJobCounts();
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  } finally {
    await connection.close();
  }
}

interface Parts {
  readonly start: (clock?: Clock) => Command;
  readonly server: TestServer;
  readonly jobs: JobsInHand;
}

class Disturbed {
  readonly all: Command[] = [];
  /** Times that the database was restarted. */
  restarts = 0;
  readonly #parts: Parts;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #workers: Command[];
  #isOver = false;

  constructor(parts: Parts, faults: Faults, over: Promise<unknown>) {
    this.#parts = parts;
    this.#faults = faults;
    this.#random = seeded(faults.seed);
    this.#workers = Array.from({length: WORKERS}, (_, i) => this.#worker(i === 0 ? faults.clock : undefined));
    over.then(() => {
      this.#isOver = true;
    });
  }

  /** Until the batch is over. @returns kills before that */
  async disturb(): Promise<number> {
    const {kills, restarts = 0, clock} = this.#faults;
    const events = [...new Array(restarts).fill('restart'), ...new Array(kills).fill('kill')];
    let killed = 0;
    // a server that is not there when a coordinator begins is its error, and no fault under way
    while (restarts > 0 && !this.#isOver && !(await this.#parts.jobs.haveBegun())) await setTimeout(20);
    while (clock && killed === 0 && !this.#isOver) killed += Number(await this.#killAfterJump(clock));
    while (!this.#isOver) {
      await this.#pause(SHORTEST + this.#random(LONGEST - SHORTEST));
      this.#startEnded();
      const [event] = this.#isOver ? [] : events.splice(this.#random(events.length || 1), 1);
      if (event === 'restart') await this.#restart();
      if (event === 'kill') {
        this.#kill(this.#random(WORKERS));
        killed++;
      }
    }
    return killed;
  }

  #worker(clock?: Clock): Command {
    const worker = this.#parts.start(clock);
    this.all.push(worker);
    return worker;
  }

  /** Kills the worker whose clock jumps, with a job in hand. @returns whether it had one */
  async #killAfterJump({after}: Clock): Promise<boolean> {
    const {jobs} = this.#parts;
    const worker = this.#workers[0]!;
    // its checks for stalled jobs, too, are then made by the clock that has jumped
    await this.#pause(after + 900);
    while (!this.#isOver && !(await jobs.areWith(worker))) await setTimeout(5);
    worker.process.kill('SIGKILL');
    await worker.end;
    const isHit = await jobs.areWith(worker);
    this.#workers[0] = this.#worker(isHit ? undefined : this.#faults.clock);
    return isHit;
  }

  /** A worker that finds no server at its start ends, and whoever watches over it starts it again. */
  #startEnded(): void {
    this.#workers.forEach(({process}, i) => {
      if (process.exitCode !== null && !this.#isOver) this.#workers[i] = this.#worker();
    });
  }

  #kill(i: number): void {
    this.#workers[i]!.process.kill('SIGKILL');
    this.#workers[i] = this.#worker();
  }

  async #restart(): Promise<void> {
    this.restarts++;
    await this.#parts.server.stop();
    await setTimeout(this.#random(500));
    await this.#parts.server.start();
  }

  async #pause(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (!this.#isOver && performance.now() < end) await setTimeout(20);
  }
}

/** Batches, each disturbed in another way, until so many workers have been killed. */
async function campaign(kills: number, seed: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-faults-'));
  const server = await startPostgres();
  try {
    const root = writeFiles(folder);
    const expected = join(folder, 'local');
    await localBatch(root, expected);
    const contents = contentsOf(expected);
    let killed = 0;
    for (let batch = 0; killed < kills; batch++) {
      const out = join(folder, `out${batch}`);
      const faults = {
        seed: seed + batch,
        kills: 12,
        coordinators: 1 + (batch % 2),
        restarts: Number(batch % 3 === 1),
      };
      const run = await batchWithFaults(server, root, out, faults);
      killed += run.kills;
      const {exitCodes, counts, seconds} = run;
      console.log(
        `batch ${batch}: ${run.kills} kills, ${faults.restarts} restarts, ${faults.coordinators} coordinators, ${seconds.toFixed(1)} s, exit codes ${exitCodes}, jobs ${JSON.stringify(counts)}`,
      );
      assert.deepEqual(contentsOf(out), contents, run.output);
      assert.ok(exitCodes.every(code => code === 3));
      rmSync(out, {recursive: true});
    }
    console.log(`${killed} workers killed: nothing lost, nothing twice, the same bytes as undisturbed`);
  } finally {
    endCommands();
    await server.close();
    rmSync(folder, {recursive: true, force: true});
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {values} = parseArgs({
    options: {kills: {type: 'string', default: '100'}, seed: {type: 'string', default: '1'}},
  });
  await campaign(Number(values.kills), Number(values.seed));
}
