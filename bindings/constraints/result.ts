/** Packed bundles as a plan: offsets per buffer, status, arenas. */
import type {Bytes} from '../model/numbers.ts';
import type {Plan, PlanArena, PlanStatus} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {SolvedArenas} from './arenas.ts';
import type {PackedGroup} from './assignment.ts';
import type {AssignmentBounds} from './assignment-bounds.ts';
import type {Bundle} from './bundles.ts';
import type {Packed} from './pack.ts';
import type {TiedProblem} from './tied-problem.ts';

/** The parts of a plan other than its offsets. */
export interface Draft {
  readonly columns: ProblemColumns;
  readonly bundles: readonly Bundle[];
  /** Pairs in place at these offsets in these arenas; absent where the problem has none. */
  readonly inPlaceAt: TiedProblem['inPlaceAt'] | undefined;
  /** Bytes that no plan can undercut, as known before planning. */
  readonly known: Bytes;
  readonly nodes: number;
  readonly seed: number;
  readonly seconds: Plan['seconds'];
}

/** A plan for one arena; `lowerBound` and `capacity` in bytes. */
export function onePlan(draft: Draft, packed: Packed, lowerBound: Bytes, capacity: Bytes | undefined): Plan {
  const {peak, algorithm, clash} = packed;
  if (peak === Number.POSITIVE_INFINITY) return noPlan(draft, algorithm, lowerBound === peak, clash);
  const offsets = new Float64Array(draft.columns.count);
  place(
    offsets,
    draft.bundles,
    draft.bundles.map((_, k) => k),
    packed,
  );
  let status: PlanStatus = peak <= lowerBound ? 'optimal' : 'feasible';
  if (capacity !== undefined && peak > capacity) status = lowerBound > capacity ? 'infeasible' : 'unknown';
  return {
    ...common(draft, offsets),
    offsets,
    peak,
    lowerBound: Math.min(peak, lowerBound),
    status,
    algorithm,
  };
}

/** A plan for several arenas. */
export function arenasPlan(
  draft: Draft,
  {assignment, isProven}: SolvedArenas,
  bounds: AssignmentBounds,
): Plan {
  const {bundles, columns} = draft;
  const {excess, cost, total} = assignment;
  const groups = [...assignment.groups].sort(
    (a, b) => a.memory.pool - b.memory.pool || a.bundles[0]! - b.bundles[0]!,
  );
  const impossible = groups.find(({packed}) => packed.peak === Number.POSITIVE_INFINITY);
  const algorithm = largest(groups)?.packed.algorithm ?? 'naive';
  if (impossible) {
    const {packed} = impossible;
    const clash = packed.clash?.map(m => impossible.bundles[m]!) as [number, number] | undefined;
    return noPlan(draft, algorithm, isProven, clash);
  }
  const offsets = new Float64Array(columns.count);
  const arenaOf = new Uint32Array(columns.count);
  groups.forEach((group, arena) => {
    place(offsets, bundles, group.bundles, group.packed);
    for (const k of group.bundles) for (const {buffer} of bundles[k]!.members) arenaOf[buffer] = arena;
  });
  const unfit = isProven ? 'infeasible' : 'unknown';
  const fit = isProven ? 'optimal' : 'feasible';
  const isFit = excess === 0;
  return {
    ...common(draft, offsets, arenaOf),
    offsets,
    peak: total,
    lowerBound: isFit && isProven ? total : Math.min(total, bounds.total),
    status: isFit ? fit : unfit,
    algorithm,
    arenas: groups.map(arenaOfGroup),
    arenaOf,
    ...(columns.constraints?.pools
      ? {cost, costBound: isFit && isProven ? cost : Math.min(cost, bounds.cost)}
      : {}),
    ...(isFit || bounds.obstacle === undefined ? {} : {obstacle: bounds.obstacle}),
  };
}

function arenaOfGroup({memory, packed}: PackedGroup): PlanArena {
  const {pool, name, capacity} = memory;
  const {peak, lowerBound} = packed;
  const limit = capacity === Number.POSITIVE_INFINITY ? {} : {capacity};
  return {pool, name, peak, lowerBound: Math.min(peak, lowerBound), ...limit};
}

function largest(groups: readonly PackedGroup[]): PackedGroup | undefined {
  return groups.reduce<PackedGroup | undefined>(
    (most, group) => (most && most.packed.peak >= group.packed.peak ? most : group),
    undefined,
  );
}

function place(
  offsets: Float64Array,
  bundles: readonly Bundle[],
  own: readonly number[],
  packed: Packed,
): void {
  own.forEach((k, m) => {
    // only a buffer that holds nothing could be below 0
    for (const {buffer, at} of bundles[k]!.members) offsets[buffer] = Math.max(0, packed.offsets[m]! + at);
  });
}

function common(
  {inPlaceAt, nodes, seed, seconds}: Draft,
  offsets: Float64Array,
  arenaOf?: Uint32Array,
): Pick<Plan, 'nodes' | 'seed' | 'seconds' | 'inPlace'> {
  return {nodes, seed, seconds, ...(inPlaceAt ? {inPlace: inPlaceAt(offsets, arenaOf)} : {})};
}

function noPlan(
  draft: Draft,
  algorithm: Plan['algorithm'],
  isProven: boolean,
  clash: readonly [number, number] | undefined,
): Plan {
  const first = (k: number) => draft.bundles[k]!.members[0]!.buffer;
  const {inPlaceAt, nodes, seed, seconds} = draft;
  return {
    ...{nodes, seed, seconds, ...(inPlaceAt ? {inPlace: []} : {})},
    offsets: new Float64Array(0),
    peak: Number.NaN,
    lowerBound: draft.known,
    status: isProven ? 'infeasible' : 'unknown',
    algorithm,
    ...(clash && isProven ? {clash: {kind: 'overlap', a: first(clash[0]), b: first(clash[1])}} : {}),
  };
}
