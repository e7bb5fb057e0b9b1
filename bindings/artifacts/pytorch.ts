/**
 * A plan that the Python package serves PyTorch from: `stowage.load(DIR)`. A row per allocation of an iteration, in their
 * order, so that the runtime knows the next one by its number; `docs/pytorch-plan.schema.json` describes the file.
 */
import type {Allocation} from '../model/allocations.ts';
import {UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/problem.ts';
import type {CheckedPlan} from './checked-plan.ts';

export const PYTORCH_SCHEMA = 'stowage.pytorch/1';

/** Bytes that PyTorch's allocators align to, by kind of device. */
export const PYTORCH_UNITS = {cpu: 64, cuda: 512} as const;
export type PytorchDevice = keyof typeof PYTORCH_UNITS;

export interface PytorchRow {
  /** Rows of different keys share no byte: the streams of a device, numbered as they appear. */
  readonly key: number;
  /** Bytes as requested. */
  readonly size: Bytes;
  /** Rows there are before its free; null where it outlives the iteration. */
  readonly end: number | null;
  /** Bytes from the start of the arena; null where it is not planned. */
  readonly offset: Bytes | null;
}

export interface PytorchSignature {
  /** As in `stowage.step(name)`. */
  readonly name: string;
  readonly device: PytorchDevice;
  /** Bytes that offsets are multiples of. */
  readonly unit: Bytes;
  /** Bytes of the arena, and those that no plan can undercut. */
  readonly peak: Bytes;
  readonly lowerBound: Bytes;
  readonly status: 'optimal' | 'feasible';
  /** The allocations of an iteration, in their order. */
  readonly rows: readonly PytorchRow[];
}

/** Where the plan comes from. */
export interface PytorchSource {
  readonly file: string;
  readonly format: string;
  /** Of a trace. */
  readonly iteration: number | 'window' | null;
}

export interface PytorchPlan {
  readonly format: typeof PYTORCH_SCHEMA;
  /** Version of stowage that wrote it. */
  readonly version: string;
  readonly source: PytorchSource;
  readonly signatures: readonly PytorchSignature[];
  /** `sha256:` and the digest of all else: see `canonicalText`. */
  readonly fingerprint: string;
}

export interface PytorchOptions {
  /** All of the iteration, in their order. */
  readonly allocations: readonly Allocation[];
  readonly device: PytorchDevice;
  /** Bytes that no plan can undercut. */
  readonly lowerBound: Bytes;
  readonly source: PytorchSource;
  readonly version: string;
  /** Default `train`. */
  readonly signature?: string;
}

/**
 * @param plan of the allocations that end within the iteration, their sizes rounded up to the unit.
 * @throws UsageError where the plan is of other buffers, or no allocation ends within the iteration.
 */
export async function pytorchPlan(plan: CheckedPlan, options: PytorchOptions): Promise<PytorchPlan> {
  const {allocations, device, lowerBound, source, version, signature = 'train'} = options;
  if (signature === '') throw new UsageError('signature: expected a name, got ""');
  const [arena, ...others] = plan.arenas;
  const planned = allocations.reduce((sum, {end}) => sum + (end === null ? 0 : 1), 0);
  if (!arena || others.length > 0)
    throw new UsageError(`a plan for PyTorch has one arena, and this one has ${plan.arenas.length}`);
  if (plan.problem.count !== planned)
    throw new UsageError(
      `the plan has ${plan.problem.count} buffers, and ${planned} allocations end within the iteration`,
    );
  if (planned === 0)
    throw new UsageError('no allocation ends within the iteration: there is nothing to serve');
  const {peak} = arena;
  const content = {
    format: PYTORCH_SCHEMA,
    version,
    source,
    signatures: [
      {
        name: signature,
        device,
        unit: PYTORCH_UNITS[device],
        peak,
        lowerBound,
        status: peak <= lowerBound ? ('optimal' as const) : ('feasible' as const),
        rows: rowsOf(plan, allocations),
      },
    ],
  } as const;
  return {...content, fingerprint: await fingerprintOf(content)};
}

function rowsOf({offsets}: CheckedPlan, allocations: readonly Allocation[]): PytorchRow[] {
  let next = 0;
  return allocations.map(({key, size, end}) => ({
    key,
    size,
    end,
    offset: end === null ? null : offsets[next++]!,
  }));
}

/** The file: a line per row, so that two plans can be compared. */
export function* pytorchPlanText({signatures, fingerprint, ...head}: PytorchPlan): Generator<string> {
  const members = (object: object) => JSON.stringify(object).slice(1, -1);
  yield `{${members(head)},"signatures":[`;
  for (const [k, {rows, ...signature}] of signatures.entries()) {
    yield `${k > 0 ? ',' : ''}\n{${members(signature)},"rows":[`;
    for (const [i, row] of rows.entries()) yield `${i > 0 ? ',' : ''}\n${JSON.stringify(row)}`;
    yield '\n]}';
  }
  yield `\n],${members({fingerprint})}}\n`;
}

async function fingerprintOf(content: object): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest(
    'SHA-256',
    new TextEncoder().encode(canonicalText(content)),
  );
  return `sha256:${Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * The one JSON text of a value: members in the order of their names, no white space, ASCII. White space of the file does not
 * count. It is what `json.dumps(value, sort_keys=True, separators=(",", ":"))` returns in Python.
 */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${canonicalText(name)}:${canonicalText(member)}`).join(',')}}`;
  }
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
