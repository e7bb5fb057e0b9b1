/** Plans as the command line writes them in JSON: docs/plan-json.md, docs/plan.schema.json. */
import {ImportError} from '../../../model/errors.ts';
import {cut, show} from '../../../model/shown.ts';
import type {ByteSource} from '../../source/source.ts';
import type {PlanColumns} from '../csv/csv.ts';
import {type JsonObject, readJsonObject} from './whole-text.ts';

export const PLAN_SCHEMA = 'stowage.plan/1';

/** The source that a plan names. */
export interface PlanSource {
  readonly file: string;
  readonly format: string;
  readonly iteration: number | 'window' | null;
  readonly lifetimes: 'linear' | 'cyclic' | null;
  readonly device: string | null;
}

/** Offsets in the order of the problem's buffers, which the plan itself does not hold. */
export interface PlanOfJson extends PlanColumns {
  readonly source?: PlanSource;
  /** Where the plan has several: the arenas that `arenaOf` counts, each with its pool by index and name. */
  readonly arenas?: readonly {readonly pool: number; readonly name: string}[];
}

/** Totals of a plan, bytes. */
export interface PlanTotals {
  /** Null where there is no plan: fixed offsets collide. */
  readonly peak: number | null;
  readonly lowerBound: number;
  readonly persistentBytes: number;
  readonly buffers: number;
  /** The most that was live in the whole recording that the planned part is from; absent for older plans, and for no trace. */
  readonly recordingBytes?: number;
  readonly source?: PlanSource;
}

/** Whether the input begins as a plan in JSON does. */
export function isPlanJson({head}: ByteSource): boolean {
  return /^\s*\{\s*"schema"\s*:\s*"stowage\.plan\//.test(new TextDecoder().decode(head.subarray(0, 1024)));
}

/** @throws {ImportError} where it is no plan. */
export async function readPlanTotals(source: ByteSource): Promise<PlanTotals> {
  const json = await readPlanObject(source);
  const bytesOf = (field: string): number => {
    const value = json[field];
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw refuse(
      `${field}: expected an integer from 0, got ${value === undefined ? 'nothing' : show(value)}`,
    );
  };
  const from = sourceOf(json.source);
  const recorded = (json.recording as {bytes?: unknown} | null | undefined)?.bytes;
  return {
    ...(Number.isSafeInteger(recorded) ? {recordingBytes: recorded as number} : {}),
    peak: json.peak === null ? null : bytesOf('peak'),
    lowerBound: bytesOf('lowerBound'),
    persistentBytes: bytesOf('persistentBytes'),
    buffers: bytesOf('buffers'),
    ...(from ? {source: from} : {}),
  };
}

/** @throws {ImportError} where it is no plan, or was written without its offsets. */
export async function readPlanJson(source: ByteSource): Promise<PlanOfJson> {
  const json = await readPlanObject(source);
  const {offsets} = json;
  if (!Array.isArray(offsets)) throw refuse('the plan holds no offsets (was it written with --no-offsets?)');
  const wrong = offsets.findIndex(offset => !Number.isSafeInteger(offset) || offset < 0);
  if (wrong >= 0) throw refuse(`offsets[${wrong}]: expected bytes, got ${show(offsets[wrong])}`);
  const from = sourceOf(json.source);
  return {
    offsets: Float64Array.from(offsets as number[]),
    ...(from ? {source: from} : {}),
    ...arenasOf(json, offsets.length),
  };
}

function arenasOf({arenas, arenaOf}: JsonObject, count: number): Partial<PlanOfJson> {
  if (arenas === undefined && arenaOf === undefined) return {};
  if (!Array.isArray(arenas) || !Array.isArray(arenaOf) || arenaOf.length !== count)
    throw refuse(`arenaOf: expected the arenas of ${count} buffers`);
  const found = arenas.map((arena, k) => {
    const {pool, name} = (arena ?? {}) as {pool?: unknown; name?: unknown};
    if (!Number.isSafeInteger(pool) || (pool as number) < 0 || typeof name !== 'string')
      throw refuse(`arenas[${k}]: expected a pool and its name, got ${show(arena)}`);
    return {pool: pool as number, name};
  });
  const wrong = arenaOf.findIndex(
    arena => !Number.isSafeInteger(arena) || arena < 0 || arena >= Math.max(1, found.length),
  );
  if (wrong >= 0) throw refuse(`arenaOf[${wrong}]: expected an arena, got ${show(arenaOf[wrong])}`);
  return {arenas: found, arenaOf: Uint32Array.from(arenaOf as number[])};
}

async function readPlanObject(source: ByteSource): Promise<JsonObject> {
  const json = await readJsonObject(source, 'plan-json', 'write the plan as CSV');
  if (json.schema === PLAN_SCHEMA) return json;
  throw refuse(
    `expected "schema":"${PLAN_SCHEMA}", got ${json.schema === undefined ? 'none' : show(json.schema)}`,
  );
}

function sourceOf(value: unknown): PlanSource | undefined {
  if (value === undefined) return undefined;
  const {file, format, iteration, lifetimes, device} = (value ?? {}) as Partial<PlanSource>;
  const isSound =
    typeof file === 'string' &&
    typeof format === 'string' &&
    (iteration === null || iteration === 'window' || (Number.isSafeInteger(iteration) && iteration! >= 0)) &&
    (lifetimes === null || lifetimes === 'linear' || lifetimes === 'cyclic') &&
    (device === null || typeof device === 'string');
  if (!isSound) throw refuse(`source: expected the source of the plan, got ${show(value)}`);
  return {file, format, iteration: iteration!, lifetimes, device};
}

function refuse(message: string): ImportError {
  return new ImportError(cut(message, 400), {format: 'plan-json'});
}
