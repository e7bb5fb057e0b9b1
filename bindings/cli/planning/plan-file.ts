/** Reads a plan from any tool, and puts it in the order of its problem. */
import type {VerifiedPlan} from '../../index.ts';
import {idOf, type ProblemColumns} from '../../model/problem.ts';
import {plural} from '../../model/quantities.ts';
import {listNames, show} from '../../model/shown.ts';
import {type PlanOfJson, readPlanCsv, readPlanJson} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {nameOf, readSource} from '../io/input.ts';
import {warn} from '../io/output.ts';
import type {ProblemChoice} from './chosen-problem.ts';

/** @throws CliError naming the file and the place in it. */
export async function readPlan(file: string): Promise<PlanOfJson> {
  const plan = await readSource(file, source => {
    const isJson = /^\s*\{/.test(new TextDecoder().decode(source.head.subarray(0, 64)));
    return isJson ? readPlanJson(source) : readPlanCsv(source);
  });
  for (const warning of plan.warnings ?? []) warn(`${nameOf(file)}: ${warning}`);
  return plan;
}

/** The choice of the iteration that a plan of a trace was made for. */
export function choiceOf({source}: PlanOfJson): ProblemChoice {
  if (!source) return {};
  return {
    ...(source.iteration === null ? {} : {iteration: source.iteration}),
    ...(source.lifetimes === 'linear' ? {linear: true} : {}),
    ...(source.device === null ? {} : {device: source.device}),
  };
}

/**
 * The plan's offsets and arenas in the order of the problem's buffers.
 * @param isPart whether the plan may have further buffers, where it has names.
 * @throws CliError if the buffers differ.
 */
export function inOrderOf(
  problem: ProblemColumns,
  plan: PlanOfJson,
  planFile: string,
  isPart = false,
): VerifiedPlan & {readonly offsets: Float64Array} {
  const refuse = (reason: string) => new CliError(`${nameOf(planFile)}: ${reason}`, EXIT.checkFailed);
  if (plan.offsets.length !== problem.count && !(isPart && plan.ids)) {
    throw refuse(
      `the plan has ${plural(plan.offsets.length, 'offset')}, the problem ${plural(problem.count, 'buffer')}`,
    );
  }
  const rows = rowsOf(problem, plan, refuse);
  const offsets = Float64Array.from(rows, row => plan.offsets[row]!);
  const {pools, separate} = problem.constraints ?? {};
  if (!pools && !separate) return {offsets};
  return {offsets, ...arenasOf(pools?.map(({name}) => name) ?? ['arena'], plan, rows, refuse)};
}

/** Per buffer of the problem, its row in the plan. */
function rowsOf(
  problem: ProblemColumns,
  {ids}: PlanOfJson,
  refuse: (reason: string) => CliError,
): readonly number[] {
  if (!ids) return Array.from({length: problem.count}, (_, i) => i);
  const byId = new Map(ids.map((id, k) => [id, k]));
  return Array.from({length: problem.count}, (_, i) => {
    const row = byId.get(idOf(problem, i));
    if (row === undefined) throw refuse(`the plan has no buffer ${show(idOf(problem, i))}`);
    return row;
  });
}

/** The arenas by the names of their pools; a CSV without numbers has one arena per pool. */
function arenasOf(
  names: readonly string[],
  {arenas, arenaOf, pools}: PlanOfJson,
  rows: readonly number[],
  refuse: (reason: string) => CliError,
): Pick<VerifiedPlan, 'arenas' | 'arenaOf'> {
  const poolOf = (name: string) => {
    const pool = names.indexOf(name);
    if (pool < 0) throw refuse(`the problem has no pool ${show(name)}; it has ${listNames(names)}`);
    return pool;
  };
  if (arenas && arenaOf)
    return {
      arenas: arenas.map(({name}) => ({pool: poolOf(name)})),
      arenaOf: Uint32Array.from(rows, row => arenaOf[row]!),
    };
  if (!pools) throw refuse('the plan does not name the pool of each buffer (column pool)');
  const found: {pool: number}[] = [];
  const places = new Map<string, number>();
  const placeOf = pools.map((name, row) => {
    if (name === '') return 0;
    const key = `${name} ${arenaOf?.[row]}`;
    const place = places.get(key) ?? found.length;
    if (place === found.length) found.push({pool: poolOf(name)});
    places.set(key, place);
    return place;
  });
  return {arenas: found, arenaOf: Uint32Array.from(rows, row => placeOf[row]!)};
}
