/** The settings of PyTorch's CUDA caching allocator that decide where a block goes, and how it rounds. */
import {UsageError} from '../model/errors.ts';

const MIB = 2 ** 20;
/** Every block is a multiple of this, bytes. */
const UNIT = 512;
/** The largest request for the pool of small blocks, bytes. */
export const SMALL = MIB;
/** The small pool's segment size, bytes. */
export const SMALL_SEGMENT = 2 * MIB;
/** The large pool's segment size for requests below `LARGE_LIMIT`; above, segments are multiples of `LARGE_UNIT`. */
export const LARGE_SEGMENT = 20 * MIB;
const LARGE_LIMIT = 10 * MIB;
const LARGE_UNIT = 2 * MIB;

export interface PytorchSettings {
  readonly expandableSegments: boolean;
  /** Bytes; blocks of at least that size are not split. */
  readonly maxSplitSize: number;
  /** Steps between two powers of two to which a request is rounded up; by size from below 2 MiB, doubling, to 32 GiB and more. */
  readonly roundupDivisions: readonly number[];
  /** Part of the capacity from which cached blocks are freed by age; 0 for never. */
  readonly collectionThreshold: number;
}

/** Sizes that `roundupDivisions` distinguishes. */
const INTERVALS = 16;

export const DEFAULT_SETTINGS: PytorchSettings = {
  expandableSegments: false,
  maxSplitSize: Number.POSITIVE_INFINITY,
  roundupDivisions: new Array<number>(INTERVALS).fill(0),
  collectionThreshold: 0,
};

/** Bytes that a request takes of its block. */
export function roundedSize(bytes: number, {roundupDivisions}: PytorchSettings): number {
  if (bytes < UNIT) return UNIT;
  const power = Math.floor(Math.log2(bytes));
  const divisions = roundupDivisions[Math.min(Math.max(power - 20, 0), INTERVALS - 1)]!;
  if (divisions > 1 && bytes > UNIT * divisions) {
    const step = 2 ** power / divisions;
    return Math.ceil(bytes / step) * step;
  }
  return Math.ceil(bytes / UNIT) * UNIT;
}

/** Bytes that are taken of the device for a rounded size that no cached block can hold. */
export function segmentSize(size: number): number {
  if (size <= SMALL) return SMALL_SEGMENT;
  if (size < LARGE_LIMIT) return LARGE_SEGMENT;
  return Math.ceil(size / LARGE_UNIT) * LARGE_UNIT;
}

/**
 * Settings as `PYTORCH_CUDA_ALLOC_CONF` has them, by name: `expandable_segments`, `max_split_size_mb`,
 * `roundup_power2_divisions` (one number, or `[256:1,512:2,>:8]`) and `garbage_collection_threshold`.
 * @throws {UsageError} for a name that is not modelled and a value that PyTorch refuses.
 */
export function parseSettings(named: Readonly<Record<string, string>>): PytorchSettings {
  let settings = DEFAULT_SETTINGS;
  for (const [name, value] of Object.entries(named)) {
    const parse = Object.hasOwn(PARSERS, name) ? PARSERS[name] : undefined;
    if (!parse) {
      const known = Object.keys(PARSERS).join(', ');
      throw new UsageError(`allocator: expected settings among ${known}, got ${name}`);
    }
    settings = {...settings, ...parse(value, name)};
  }
  return settings;
}

/** Settings as a snapshot's `allocator_settings` has them; missing ones have their defaults. */
export function recordedSettings(recorded: Readonly<Record<string, unknown>>): PytorchSettings {
  const {expandable_segments, max_split_size, roundup_power2_divisions, garbage_collection_threshold} =
    recorded;
  const {PYTORCH_CUDA_ALLOC_CONF: text} = recorded;
  const isInText = typeof text === 'string' && /expandable_segments:\s*true/i.test(text);
  return {
    expandableSegments: typeof expandable_segments === 'boolean' ? expandable_segments : isInText,
    maxSplitSize:
      typeof max_split_size === 'number' && max_split_size > 0 ? max_split_size : Number.POSITIVE_INFINITY,
    roundupDivisions: recordedDivisions(roundup_power2_divisions),
    collectionThreshold: typeof garbage_collection_threshold === 'number' ? garbage_collection_threshold : 0,
  };
}

function recordedDivisions(recorded: unknown): number[] {
  const divisions = new Array<number>(INTERVALS).fill(0);
  if (typeof recorded !== 'object' || recorded === null) return divisions;
  // the recorder's keys are the intervals' lower ends in MiB
  const entries: [string, unknown][] =
    recorded instanceof Map ? [...recorded].map(([k, v]) => [String(k), v]) : Object.entries(recorded);
  for (const [key, value] of entries) {
    const interval = Math.log2(Number(key));
    if (Number.isInteger(interval) && interval >= 0 && interval < INTERVALS)
      divisions[interval] = Number(value);
  }
  return divisions;
}

/** Settings by name, as `parseSettings` reads them; those that are the default are left out. */
export function namedSettings(settings: PytorchSettings): Record<string, string> {
  const {expandableSegments, maxSplitSize, roundupDivisions, collectionThreshold} = settings;
  const isUniform = new Set(roundupDivisions).size === 1;
  const divisions = isUniform
    ? String(roundupDivisions[0])
    : `[${roundupDivisions.map((count, interval) => `${2 ** interval}:${count}`).join(',')}]`;
  return {
    ...(expandableSegments ? {expandable_segments: 'true'} : {}),
    ...(maxSplitSize === Number.POSITIVE_INFINITY ? {} : {max_split_size_mb: String(maxSplitSize / MIB)}),
    ...(roundupDivisions.some(count => count > 1) ? {roundup_power2_divisions: divisions} : {}),
    ...(collectionThreshold > 0 ? {garbage_collection_threshold: String(collectionThreshold)} : {}),
  };
}

type Parser = (value: string, name: string) => Partial<PytorchSettings>;

const PARSERS: Readonly<Record<string, Parser>> = {
  expandable_segments: (value, name) => {
    if (!/^(true|false)$/i.test(value)) throw refused(name, 'true or false', value);
    return {expandableSegments: value.toLowerCase() === 'true'};
  },
  max_split_size_mb: (value, name) => {
    const mib = Number(value);
    // PyTorch refuses values up to the size of a large segment
    if (!/^\d+$/.test(value) || mib <= 20 || mib > 2 ** 33)
      throw refused(name, 'a whole number above 20', value);
    return {maxSplitSize: mib * MIB};
  },
  roundup_power2_divisions: (value, name) => ({roundupDivisions: parseDivisions(value, name)}),
  garbage_collection_threshold: (value, name) => {
    const threshold = Number(value);
    if (!(threshold > 0 && threshold < 1)) throw refused(name, 'a number between 0 and 1', value);
    return {collectionThreshold: threshold};
  },
};

function refused(name: string, expected: string, value: string): UsageError {
  return new UsageError(`allocator: ${name}: expected ${expected}, got ${value}`);
}

/** `4`, or `[256:1,512:2,>:8]`: sizes in MiB, each for those below twice as much; `>` for all above the last. */
function parseDivisions(value: string, name: string): number[] {
  const isPower = (text: string): boolean => /^\d+$/.test(text) && Number.isInteger(Math.log2(Number(text)));
  if (isPower(value)) return new Array<number>(INTERVALS).fill(Number(value));
  const list = /^\[(.+)\]$/.exec(value)?.[1]?.split(',');
  if (!list) throw refused(name, 'a power of two, or a list such as [256:1,512:2,>:8]', value);
  const divisions = new Array<number>(INTERVALS).fill(0);
  let next = 0;
  for (const item of list) {
    const [, size = '', count = ''] = /^\s*([\d]+|>)\s*:\s*(\d+)\s*$/.exec(item) ?? [];
    if (!(isPower(count) || count === '0') || (size !== '>' && !isPower(size)))
      throw refused(name, 'powers of two such as 256:1', item);
    const end = size === '>' ? INTERVALS - 1 : Math.min(Math.log2(Number(size)), INTERVALS - 1);
    // the first holds for all sizes below it too, each other for its own alone
    divisions.fill(Number(count), next === 0 || size === '>' ? next : end, end + 1);
    next = end + 1;
  }
  return divisions;
}
