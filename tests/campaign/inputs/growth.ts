/** Judges how time and memory of an input grow: those of twice the size are twice as much at most. */
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Fault, Verdict} from '../campaign.ts';
import type {Measured} from './measure.ts';

const MEASURE = fileURLToPath(new URL('measure.ts', import.meta.url));
/** Beside what a process takes that reads next to nothing. */
const MOST_SECONDS = 20;
const MOST_BYTES = 1500 << 20;
/** Of 2n against n; anything quadratic has 4. What is below these amounts is noise. */
const MOST_GROWTH = 3.4;
const LEAST_SECONDS = 2.5;
const LEAST_BYTES = 200 << 20;
const HEAP_MEGABYTES = 2048;

/** What a process takes that reads next to nothing, once known. */
let idle: Promise<Measured> | undefined;

export async function judgeGrowth(name: string, n: number): Promise<Verdict> {
  idle ??= run('csv rows', 1);
  const none = await idle;
  const single = await run(name, n);
  const double = await run(name, 2 * n);
  const fault = faultOf(name, n, [single, double], none);
  return fault ? {fault} : {counts: {[`bombs ${double.outcome.split(':')[0]}`]: 1}};
}

function faultOf(
  name: string,
  n: number,
  [single, double]: [Measured, Measured],
  none: Measured,
): Fault | undefined {
  const title = `${name}, ${2 * n}`;
  if (!/^(read|refused)/.test(double.outcome))
    return {kind: `bomb ${name}: ${double.outcome.split(':')[0]}`, message: `${title}: ${double.outcome}`};
  const seconds = [single, double].map(one => one.seconds - none.seconds) as [number, number];
  const bytes = [single, double].map(one => Math.max(0, one.bytes - none.bytes)) as [number, number];
  const show = `${title}: ${seconds.map(one => one.toFixed(1)).join(' → ')} s, ${bytes.map(one => (one / 2 ** 20).toFixed(0)).join(' → ')} MiB for ${(double.inputBytes / 2 ** 20).toFixed(1)} MiB (${double.outcome.slice(0, 100)})`;
  const isSlow =
    seconds[1] > MOST_SECONDS || (seconds[1] > LEAST_SECONDS && seconds[1] > MOST_GROWTH * seconds[0]);
  if (isSlow) return {kind: `bomb ${name}: slow`, message: show};
  const isLarge = bytes[1] > MOST_BYTES || (bytes[1] > LEAST_BYTES && bytes[1] > MOST_GROWTH * bytes[0]);
  return isLarge ? {kind: `bomb ${name}: large`, message: show} : undefined;
}

/** In a process that ends where it takes far too long, or too much. */
function run(name: string, n: number): Promise<Measured> {
  const args = [`--max-old-space-size=${HEAP_MEGABYTES}`, '--import', 'tsx', MEASURE, name, String(n)];
  return new Promise(resolve => {
    execFile(
      process.execPath,
      args,
      {timeout: 3 * MOST_SECONDS * 1000, killSignal: 'SIGKILL'},
      (error, stdout) => {
        if (!error) return resolve(JSON.parse(stdout) as Measured);
        const outcome = error.killed ? 'hang: it was ended' : `crash: ${error.message.slice(-400)}`;
        resolve({seconds: 0, bytes: 0, inputBytes: 0, outcome});
      },
    );
  });
}
