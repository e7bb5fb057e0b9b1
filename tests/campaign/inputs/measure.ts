/** Runs in a process of its own: reads the bomb NAME of size N, and prints what that took, as JSON. */
import {importFile, openSource, readPlanJson, stepProblem} from '../../../bindings/trace.ts';
import {BOMBS} from './bombs.ts';
import {judgeError} from './judge.ts';

/** What reading one input took. */
export interface Measured {
  /** Of processor, in all of the process. */
  readonly seconds: number;
  /** Resident, at most. */
  readonly bytes: number;
  /** Of the input. */
  readonly inputBytes: number;
  /** A fault's kind and message, `read` or `refused`. */
  readonly outcome: string;
}

const CHUNK = 1 << 16;

async function measure(name: string, n: number): Promise<Measured> {
  const {make, isPlan = false} = BOMBS[name]!;
  const pieces = make(n);
  let inputBytes = 0;
  async function* data(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
      inputBytes += bytes.length;
      for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
    }
  }
  let outcome = 'read';
  try {
    const input = {name, data: data()};
    if (isPlan) await readPlanJson(await openSource(input));
    else {
      const imported = await importFile(input);
      if (imported.kind === 'trace') stepProblem(imported.trace);
    }
  } catch (error) {
    const {fault} = judgeError(error);
    outcome = fault ? `${fault.kind}: ${fault.message}` : `refused: ${(error as Error).message}`;
  }
  const {user, system} = process.cpuUsage();
  return {seconds: (user + system) / 1e6, bytes: process.resourceUsage().maxRSS * 1024, inputBytes, outcome};
}

console.log(JSON.stringify(await measure(process.argv[2]!, Number(process.argv[3]))));
