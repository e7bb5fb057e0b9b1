/**
 * `npm run bench [-- boundary|cancel|import|heuristics|js|page|report|runtime|inference|pytorch|pytorch-cuda|standalone|start|
 * savings|tflite|tfjs|solve|large|features|batch|records|peers|distributed …] [options]`: all but `peers`, `records` and `distributed` by
 * default.
 */
import {benchBatch} from './batch/index.ts';
import {benchBoundary} from './boundary.ts';
import {benchCancel} from './cancel.ts';
import {benchDistributed} from './distributed/index.ts';
import {benchFeatures} from './features/index.ts';
import {benchHeuristics} from './heuristics.ts';
import {benchImport} from './import.ts';
import {benchInference} from './inference/index.ts';
import {benchJs} from './js.ts';
import {benchLarge} from './large.ts';
import {printMachine} from './measure.ts';
import {type BenchOptions, parseOptions, USAGE} from './options.ts';
import {benchPage} from './page.ts';
import {benchPeers, checkPeers} from './peers/index.ts';
import {benchPytorchCuda} from './pytorch/cuda.ts';
import {benchPytorch} from './pytorch/index.ts';
import {benchRecords} from './records.ts';
import {benchReport} from './report.ts';
import {benchRuntime} from './runtime/index.ts';
import {benchSavings} from './savings.ts';
import {benchSolve} from './solve.ts';
import {benchStandalone} from './standalone.ts';
import {benchStart} from './start.ts';
import {benchTfjs} from './tfjs/index.ts';
import {benchTflite} from './tflite.ts';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => void | Promise<void>>> = {
  boundary: benchBoundary,
  cancel: benchCancel,
  import: ({long, against}) => benchImport(long, against),
  heuristics: benchHeuristics,
  js: benchJs,
  report: benchReport,
  runtime: benchRuntime,
  inference: benchInference,
  standalone: benchStandalone,
  start: benchStart,
  page: benchPage,
  pytorch: benchPytorch,
  'pytorch-cuda': benchPytorchCuda,
  savings: benchSavings,
  tfjs: benchTfjs,
  solve: benchSolve,
  large: benchLarge,
  features: benchFeatures,
  batch: benchBatch,
  records: benchRecords,
  tflite: benchTflite,
  peers: benchPeers,
  distributed: benchDistributed,
};

function checkedOptions(): BenchOptions {
  try {
    const options = parseOptions(process.argv.slice(2));
    const unknown = options.names.find(name => !Object.hasOwn(BENCHES, name));
    if (unknown !== undefined) {
      throw new Error(`unknown bench "${unknown}"; known are ${Object.keys(BENCHES).join(', ')}`);
    }
    if (options.names.includes('peers') || options.peers.length > 0) checkPeers(options);
    return options;
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

const options = checkedOptions();
const all = Object.keys(BENCHES).filter(
  name => !['records', 'distributed'].includes(name) && (name !== 'peers' || options.peers.length > 0),
);
printMachine(options.seed);
for (const name of options.names.length > 0 ? options.names : all) await BENCHES[name]!(options);
