/** The table of importers, and the one way in: the format is found by content. */
import {ImportError, UsageError} from '../../model/errors.ts';
import {cutMessage} from '../../model/shown.ts';
import {asLimitError} from '../limits.ts';
import {type ByteSource, openSource, type SourceInput, type SourceOptions} from '../source/source.ts';
import {csvImporter} from './csv/csv.ts';
import {cudaSnapshotImporter} from './cuda-snapshot/cuda-snapshot.ts';
import {eventLogImporter} from './event-log/event-log.ts';
import {heaptrackImporter} from './heaptrack.ts';
import {type Head, type Imported, type Importer, type ImportOptions, ONNX_RUNTIMES} from './importer.ts';
import {problemJsonImporter} from './json/problem-json.ts';
import {kinetoImporter} from './kineto/kineto.ts';
import {ltraceImporter} from './ltrace.ts';
import {mtraceImporter} from './mtrace.ts';
import {onnxImporter} from './onnx/onnx.ts';
import {singaImporter} from './singa.ts';
import {tfliteImporter} from './tflite/tflite.ts';
import {recogniseUnreadable} from './unreadable.ts';
import {xlaImporter} from './xla.ts';

/** In the order in which they are asked. */
export const IMPORTERS: readonly Importer[] = [
  cudaSnapshotImporter,
  eventLogImporter,
  problemJsonImporter,
  kinetoImporter,
  singaImporter,
  heaptrackImporter,
  mtraceImporter,
  ltraceImporter,
  xlaImporter,
  tfliteImporter,
  onnxImporter,
  csvImporter,
];

/**
 * Reads a recording or a problem, whatever its format.
 * @throws {ImportError} where no importer knows it, or the one that does finds it damaged.
 * @throws {UsageError} for options that do not fit the input.
 * @example
 * ```js
 * import {readFileSync} from 'node:fs';
 * import {importFile} from 'stowage/trace';
 *
 * const imported = await importFile({name: 'five.csv', data: readFileSync('examples/five.csv')});
 * console.log(imported.kind, imported.problem.count);
 * // prints problem 5
 * ```
 */
export async function importFile(
  input: SourceInput,
  options: SourceOptions & ImportOptions = {},
): Promise<Imported> {
  return importSource(await openSource(input, options), options);
}

/** The same of an input that is open, which is closed in the end. */
export async function importSource(source: ByteSource, options: ImportOptions = {}): Promise<Imported> {
  try {
    const importer = findImporter(source);
    const {format} = importer;
    checkOptions(format, options);
    if (importer.kind === 'trace') {
      const trace = await importer.read(source, options);
      return {kind: 'trace', format, trace: withCut(source, trace)};
    }
    const read = await importer.read(source, options);
    return {kind: 'problem', format, ...withCut(source, read)};
  } catch (error) {
    throw asLimitError(error);
  } finally {
    await source.close();
  }
}

function withCut<T extends {readonly warnings: readonly string[]}>(
  {cut, endsEarly}: ByteSource,
  read: T,
): T & {readonly isCut?: boolean} {
  const warnings = [...(cut ? [`${cut.message}: read up to there`] : []), ...read.warnings].map(cutMessage);
  return {...read, warnings, ...(cut || endsEarly ? {isCut: true} : {})};
}

function checkOptions(format: string, {dims = {}, end, runtime, dropOwnPlan}: ImportOptions): void {
  if (Object.keys(dims).length > 0 && format !== 'onnx' && format !== 'problem-json')
    throw new UsageError(
      `dims: only an ONNX model or a problem in JSON has dimensions with names, and this is ${format}`,
    );
  if (runtime !== undefined && format !== 'onnx')
    throw new UsageError(`runtime: only an ONNX model is folded by a runtime, and this is ${format}`);
  if (runtime !== undefined && !ONNX_RUNTIMES.includes(runtime))
    throw new UsageError(`runtime: expected ${ONNX_RUNTIMES.join(' or ')}, got ${runtime}`);
  if (dropOwnPlan && format !== 'tflite')
    throw new UsageError(
      `dropOwnPlan: only the plan in a TensorFlow Lite model can be dropped, and this is ${format}`,
    );
  if (end !== undefined && format !== 'csv')
    throw new UsageError(`end: only a CSV leaves open how an end is meant, and this is ${format}`);
}

/** @throws {ImportError} naming the apparent format of the input. */
export function findImporter(source: ByteSource): Importer {
  const head: Head = {bytes: source.head, text: new TextDecoder().decode(source.head)};
  const importer = IMPORTERS.find(one => one.detect(head));
  if (importer) return importer;
  const known = IMPORTERS.map(({format}) => format).join(', ');
  throw new ImportError(
    `${recogniseUnreadable(head) ?? describeHead(head)}. Formats that are read: ${known}`,
  );
}

function describeHead({bytes, text}: Head): string {
  if (bytes.length === 0) return 'the file is empty';
  const start = text.slice(0, 40).replace(/\s+/g, ' ').trim();
  const isText = /^[^\p{Cc}\ufffd]*$/u.test(start);
  if (isText) return `unknown format: it begins with ${JSON.stringify(start)}`;
  const hex = [...bytes.subarray(0, 8)].map(byte => byte.toString(16).padStart(2, '0'));
  return `unknown format: it begins with the bytes ${hex.join(' ')}`;
}
