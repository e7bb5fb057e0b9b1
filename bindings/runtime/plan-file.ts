/**
 * Plans as text, to be served from at once in another process. The text holds the input of the plans, keys,
 * sizes and alignment, and a hash over all of it: another version, alignment or content is refused.
 */
import {UsageError} from '../model/errors.ts';
import {show} from '../model/shown.ts';
import {fingerprintOf} from './hash.ts';
import {NEVER, type Profile, type Row} from './profile.ts';

const FORMAT = 'stowage-runtime-plan';
const VERSION = 1;

/** Settings, other than rows, that plans depend on. */
export interface PlanSetting {
  readonly alignment: number;
  readonly padding: number;
  readonly identity: 'key' | 'sequence';
  readonly canaries: boolean;
}

/** One plan of a file. */
export interface FiledPlan {
  readonly signature: string;
  readonly profile: Profile;
  readonly phases: number;
  readonly peak: number;
  readonly offsets: readonly number[];
}

/** Identifies the input of plans: keys, sizes and lifetimes by signature, alignment and the other settings. */
export function fingerprint(
  setting: PlanSetting,
  plans: readonly Pick<FiledPlan, 'signature' | 'profile'>[],
): string {
  const rows = plans.map(({signature, profile}) => [
    signature,
    profile.map(row => [row.key, row.size, row.end]),
  ]);
  return fingerprintOf(JSON.stringify([VERSION, settingOf(setting), rows]));
}

function settingOf({alignment, padding, identity, canaries}: PlanSetting): unknown[] {
  return [alignment, padding, identity, canaries];
}

export function writePlanFile(setting: PlanSetting, plans: readonly FiledPlan[]): string {
  const body = {
    ...setting,
    fingerprint: fingerprint(setting, plans),
    plans: plans.map(({signature, profile, phases, peak, offsets}) => ({
      signature,
      phases,
      peak,
      keys: profile.map(row => row.key),
      sizes: profile.map(row => row.size),
      ends: profile.map(row => (row.end === NEVER ? null : row.end)),
      offsets,
    })),
  };
  return `${JSON.stringify({format: FORMAT, version: VERSION, hash: fingerprintOf(JSON.stringify(body)), ...body})}\n`;
}

/**
 * @param expected fingerprint of the program's current allocations, where known
 * @throws UsageError for a text that is no plan file, of another version or setting, damaged, or stale
 */
export function readPlanFile(text: string, setting: PlanSetting, expected?: string): FiledPlan[] {
  const {format, version, hash, ...body} = parse(text);
  if (format !== FORMAT) throw new UsageError(`plan file: expected format ${FORMAT}, got ${show(format)}`);
  if (version !== VERSION)
    throw new UsageError(`plan file: expected version ${VERSION}, got ${show(version)}`);
  if (hash !== hashOf(body)) {
    throw new UsageError('plan file: the hash does not fit the content: it was changed or cut short');
  }
  for (const name of ['alignment', 'padding', 'identity', 'canaries'] as const) {
    if (body[name] !== setting[name]) {
      throw new UsageError(
        `plan file: stale: made for ${name} ${show(body[name])}, not ${show(setting[name])}`,
      );
    }
  }
  if (expected !== undefined && body.fingerprint !== expected) {
    throw new UsageError(`plan file: stale: made for ${show(body.fingerprint)}, the program is ${expected}`);
  }
  return (body.plans as readonly RawPlan[]).map(planOf);
}

interface RawPlan {
  readonly signature: string;
  readonly phases: number;
  readonly peak: number;
  readonly keys: readonly number[];
  readonly sizes: readonly number[];
  readonly ends: readonly (number | null)[];
  readonly offsets: readonly number[];
}

function planOf({signature, phases, peak, keys, sizes, ends, offsets}: RawPlan): FiledPlan {
  const seen = new Map<number, number>();
  const profile = keys.map((key, i): Row => {
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return {key, nth, size: sizes[i]!, end: ends[i] ?? NEVER};
  });
  return {signature, profile, phases, peak, offsets};
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new UsageError('plan file: expected a JSON object');
}

/** Undefined for a body that nests too deep to be one of ours. */
function hashOf(body: object): string | undefined {
  try {
    return fingerprintOf(JSON.stringify(body));
  } catch {
    return undefined;
  }
}
