/** The table of export formats. */
import {
  type CheckedPlan,
  cHeader,
  executorchPlan,
  minimallocCsv,
  openTfliteModel,
  pytorchPlan,
  pytorchPlanText,
  runtimeArenaBytes,
  TENSOR_ALIGNMENT,
  type TfliteModelFile,
  type TfliteOptions,
  tensorOffsets,
  tfliteBufferPlan,
  tfliteWithPlan,
  webGpuPlan,
} from '../../artifacts.ts';
import {UsageError} from '../../model/errors.ts';
import {idOf} from '../../model/problem.ts';
import {packingPicture, renderSvg} from '../../report.ts';
import {CliError, EXIT} from '../io/exit.ts';
import type {Input} from '../io/input.ts';
import {version} from '../io/version.ts';
import type {OrderedProblem} from './allocations.ts';
import type {ChosenProblem} from './chosen-problem.ts';

/** The input of a writer. */
export interface Writing {
  readonly plan: CheckedPlan;
  /** Present for a format that is written for a model. */
  readonly model?: TfliteModelFile;
  /** Bytes that no plan can undercut, if known. */
  readonly lowerBound?: number;
  /** Prefix of names, for formats that have names. */
  readonly prefix?: string;
  /** Present for a format that serves requests one by one. */
  readonly ordered?: OrderedProblem;
  readonly signature?: string;
}

export interface Artifact {
  readonly name: string;
  readonly description: string;
  /** Ending by which `plan -o` chooses the format. */
  readonly extension?: string;
  /** Least alignment of every buffer, bytes. */
  readonly alignment?: number;
  readonly isOfModel?: boolean;
  /** Whether it serves requests one by one: the plan then is of the allocations in their order. */
  readonly isOrdered?: boolean;
  /** Name of the file where the output is a folder. */
  readonly fileName?: string;
  write(writing: Writing): Iterable<string | Uint8Array> | Promise<Iterable<string | Uint8Array>>;
}

const json = (value: object) => [`${JSON.stringify(value)}\n`];

/** In the order in which help lists them. */
export const ARTIFACTS: readonly Artifact[] = [
  {
    name: 'tflite',
    description: "the model itself, with the plan as TensorFlow Lite Micro's metadata",
    extension: '.tflite',
    isOfModel: true,
    write: ({plan, model}) => [tfliteWithPlan(model!, plan)],
  },
  {
    name: 'tflite-c',
    description: "TensorFlow Lite Micro's BufferPlan, as C++",
    isOfModel: true,
    write: ({plan, model, prefix}) => [tfliteBufferPlan(model!, plan, prefix === undefined ? {} : {prefix})],
  },
  {
    name: 'c-header',
    description: 'offsets and sizes as macros of C11 and C++11, with static assertions',
    extension: '.h',
    write: ({plan, prefix}) => cHeader(plan, prefix === undefined ? {} : {prefix}),
  },
  {
    name: 'executorch',
    description: "ExecuTorch's allocation details, as JSON",
    alignment: 16,
    write: ({plan}) => json(executorchPlan(plan)),
  },
  {
    name: 'webgpu',
    description: 'GPUBuffers and bindings, as JSON',
    alignment: 256,
    write: ({plan}) => json(webGpuPlan(plan)),
  },
  {
    name: 'pytorch',
    description: "a folder with a fixed plan for PyTorch, which Python's stowage.load(DIR) serves",
    isOrdered: true,
    fileName: 'plan.json',
    write: writePytorch,
  },
  {
    name: 'minimalloc',
    description: 'CSV as MiniMalloc writes it',
    write: ({plan}) => minimallocCsv(plan),
  },
  {
    name: 'svg',
    description: 'a picture of the plan: offsets over time',
    extension: '.svg',
    write: pictureOf,
  },
];

async function writePytorch({plan, ordered, lowerBound = 0, signature}: Writing): Promise<Iterable<string>> {
  const {allocations, device, source} = ordered!;
  const named = signature === undefined ? {} : {signature};
  return pytorchPlanText(
    await pytorchPlan(plan, {allocations, device, lowerBound, source, version, ...named}),
  );
}

/** @throws UsageError for a plan in several arenas: a picture shows one address space. */
function pictureOf({plan, lowerBound}: Writing): string[] {
  const [arena, ...others] = plan.arenas;
  if (!arena || others.length > 0)
    throw new UsageError(`svg shows one arena, and the plan has ${plan.arenas.length}`);
  const {problem, offsets} = plan;
  const {peak} = arena;
  const picture = packingPicture({problem, offsets, peak, lowerBound: lowerBound ?? peak});
  return [renderSvg(picture, {isAlone: true})];
}

/** @param ending of a name, e.g. `.svg` */
export function artifactOf(ending: string): Artifact | undefined {
  return ARTIFACTS.find(({extension}) => extension !== undefined && extension === ending);
}

/** The model that an artifact is written for. @throws CliError if the input is not a TensorFlow Lite model. */
export async function modelOf(
  {isOfModel, name}: Artifact,
  input: Input,
  {scratch = [], dropOwnPlan = false}: TfliteOptions = {},
): Promise<TfliteModelFile | undefined> {
  if (!isOfModel) return undefined;
  if (input.imported.format === 'tflite') return openTfliteModel(input.bytes!, {scratch, dropOwnPlan});
  throw new CliError(
    `${input.file}: ${name} needs a TensorFlow Lite model, and this is ${input.imported.format}`,
    EXIT.usage,
  );
}

/**
 * Refuses to write a plan in place of one whose meaning is lost by it.
 * @throws CliError naming the buffers, and the option that drops the plan of the file.
 */
export function checkOwnPlan(
  {file, problem, read}: ChosenProblem,
  {name}: Artifact,
  model?: TfliteModelFile,
): void {
  const shared = read?.sharing?.buffers ?? [];
  if (shared.length > 0 && name === 'minimalloc') {
    const [a, b] = shared;
    throw new CliError(
      `${file}: ${shared.length} buffers share memory in the file's own plan, e.g. "${idOf(problem, a!)}" and "${idOf(problem, b!)}", and minimalloc has no word for that: nothing written. Use another --format, or add --drop-own-plan to have all buffers apart`,
      EXIT.usage,
    );
  }
  const unexplained = read?.sharing?.unexplained ?? [];
  if (unexplained.length > 0) {
    const pairs = unexplained
      .slice(0, MOST_PAIRS)
      .map(pair => pair.map(i => `"${idOf(problem, i)}"`).join(' and '));
    const more = unexplained.length > MOST_PAIRS ? `, and ${unexplained.length - MOST_PAIRS} more` : '';
    throw new CliError(
      `${file}: the file's own plan has buffers that overlap in part: ${pairs.join(', ')}${more}. Whether they share memory on purpose is not known: nothing written. Mend the plan in the file, or add --drop-own-plan to have all buffers apart`,
      EXIT.usage,
    );
  }
  const variable = model?.variablesInOwnPlan ?? [];
  if (variable.length > 0)
    throw new CliError(
      `${file}: the file's own plan places variable tensors (${variable
        .slice(0, MOST_PAIRS)
        .map(name => `"${name}"`)
        .join(
          ', ',
        )}), which stowage does not plan: nothing written. Add --drop-own-plan to leave them to the runtime`,
      EXIT.usage,
    );
}

const MOST_PAIRS = 3;

/** Bytes that the tensors of a model take in the runtime's arena. */
export interface TensorArena {
  readonly bytes: number;
  /** By the runtime's own planner, without a plan in the model. */
  readonly withoutPlan: number;
  readonly alignment: number;
}

export function tensorArena(model: TfliteModelFile, plan: CheckedPlan): TensorArena {
  return {
    bytes: tensorOffsets(model, plan).arenaBytes,
    withoutPlan: runtimeArenaBytes(model),
    alignment: TENSOR_ALIGNMENT,
  };
}
