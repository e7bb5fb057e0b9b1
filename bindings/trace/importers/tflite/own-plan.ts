/**
 * The plan inside a TensorFlow Lite model, and the sharing that it states.
 *
 * The metadata `OfflineMemoryAllocation` has little-endian int32: [version, subgraphs, n, offset of tensor 0, …], -1
 * where the runtime chooses; the tensors of all subgraphs are numbered through. Its writer knows more than the file
 * says: which operators run in place, which tensors are views, which scratch memory is the whole arena. So tensors that
 * are live together and share bytes are meant to, and the plan keeps their distances.
 *
 * Two of them may share bytes if one contains the other, or if a third contains both while they are live together, as
 * the arena of an NPU does. All other overlaps are unexplained; their tensors, and all that share with them, are apart.
 */
import type {View} from '../../../model/constraints.ts';
import {show} from '../../../model/shown.ts';
import type {Sharing} from '../importer.ts';
import type {TensorLife} from './liveness.ts';
import type {TfliteModel} from './model.ts';

export const OWN_PLAN = 'OfflineMemoryAllocation';
const ONLINE = -1;
const HEAD_BYTES = 12;
const MOST_WARNINGS = 3;
const MOST_PAIRS = 1_000_000;
/** Comparisons of two tensors: a model has some thousands that are live together. */
const MOST_COMPARISONS = 100_000_000;

export interface OwnPlan {
  /** Offsets in bytes by tensor, numbered through; NaN where the runtime chooses. Undefined for a plan of another model. */
  readonly offsets: Float64Array | undefined;
  readonly warnings: readonly string[];
}

/** Undefined where the model has no plan. */
export function ownPlanOf({offlinePlan, subgraphs}: TfliteModel): OwnPlan | undefined {
  if (!offlinePlan) return undefined;
  const tensors = subgraphs.flatMap(one => one.tensors);
  const view = new DataView(offlinePlan.buffer, offlinePlan.byteOffset, offlinePlan.byteLength);
  const count = offlinePlan.length >= HEAD_BYTES ? view.getInt32(8, true) : -1;
  if (count !== tensors.length || offlinePlan.length < HEAD_BYTES + 4 * count)
    return {
      offsets: undefined,
      warnings: [`${OWN_PLAN} is for ${count} tensors, and the model has ${tensors.length}: ignored`],
    };
  const warnings: string[] = [];
  const offsets = Float64Array.from(tensors, ({name}, t) => {
    const offset = view.getInt32(HEAD_BYTES + 4 * t, true);
    if (offset < ONLINE && warnings.length < MOST_WARNINGS)
      warnings.push(
        `${OWN_PLAN}: the offset of tensor ${t} (${show(name)}) is ${offset}, expected -1 or more: read as -1`,
      );
    return offset < 0 ? Number.NaN : offset;
  });
  return {offsets, warnings};
}

/** A tensor of the problem, with its place in the file's plan. */
export interface Placed extends Pick<TensorLife, 'first' | 'last'> {
  /** Bytes. */
  readonly size: number;
  /** Bytes; NaN where the file has none. */
  readonly offset: number;
}

/** The sharing of a plan, and the constraints that keep it. */
export interface StatedSharing {
  readonly sharing: Sharing;
  /** Those that may share. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly share: readonly (readonly number[])[];
  readonly views: readonly View<number>[];
  /** Tensors at a distance from their group's first byte that is no multiple of `alignment`. */
  readonly unaligned: ReadonlySet<number>;
}

/**
 * Undefined where nothing that is live together shares bytes.
 * @throws {Error} for more than a million pairs, or tensors that are too many to be compared.
 */
export function sharingOf(tensors: readonly Placed[], alignment: number): StatedSharing | undefined {
  const comparisons = new Comparisons();
  const pairs = overlapsOf(tensors, comparisons);
  if (pairs.length === 0) return undefined;
  const groups = new Groups(tensors.length);
  for (const [a, b] of pairs) groups.join(a, b);
  const unexplained = pairs.filter(
    ([a, b]) => !isExplained(tensors, groups.membersOf(a), [a, b], comparisons),
  );
  const wrong = new Set(unexplained.map(([a]) => groups.rootOf(a)));
  const sound = pairs.filter(([a]) => !wrong.has(groups.rootOf(a)));
  const members = [...new Set(sound.flat())].sort((a, b) => a - b);
  const lowest = new Map<number, number>();
  for (const i of members) {
    const root = groups.rootOf(i);
    lowest.set(root, Math.min(lowest.get(root) ?? Number.POSITIVE_INFINITY, tensors[i]!.offset));
  }
  return {
    sharing: {name: OWN_PLAN, buffers: members, groups: lowest.size, unexplained},
    pairs: sound,
    ...tiesOf(tensors, sound),
    unaligned: new Set(
      members.filter(i => (tensors[i]!.offset - lowest.get(groups.rootOf(i))!) % alignment !== 0),
    ),
  };
}

/** Pairs that are live together and share bytes, each with the lower index first. */
function overlapsOf(tensors: readonly Placed[], comparisons: Comparisons): [number, number][] {
  const placed = [...tensors.keys()].filter(i => !Number.isNaN(tensors[i]!.offset) && tensors[i]!.size > 0);
  placed.sort((a, b) => tensors[a]!.first - tensors[b]!.first || a - b);
  const pairs: [number, number][] = [];
  let live: number[] = [];
  for (const i of placed) {
    const {first, offset, size} = tensors[i]!;
    live = live.filter(other => tensors[other]!.last >= first);
    comparisons.add(live.length);
    for (const other of live) {
      const {offset: from, size: bytes} = tensors[other]!;
      if (offset >= from + bytes || from >= offset + size) continue;
      pairs.push(i < other ? [i, other] : [other, i]);
      if (pairs.length > MOST_PAIRS)
        throw new Error(`${OWN_PLAN}: more than ${MOST_PAIRS} pairs of tensors share bytes`);
    }
    live.push(i);
  }
  return pairs;
}

/** Whether one contains the other, or a third of their group both, for as long as they are live together. */
function isExplained(
  tensors: readonly Placed[],
  group: readonly number[],
  [a, b]: readonly [number, number],
  comparisons: Comparisons,
): boolean {
  const [one, other] = [tensors[a]!, tensors[b]!];
  if (contains(one, other) || contains(other, one)) return true;
  comparisons.add(group.length);
  const [from, to] = [Math.max(one.first, other.first), Math.min(one.last, other.last)];
  return group.some(i => {
    const owner = tensors[i]!;
    return owner.first <= from && owner.last >= to && contains(owner, one) && contains(owner, other);
  });
}

/** Counts comparisons, up to the most that are made. */
class Comparisons {
  #count = 0;

  add(count: number): void {
    this.#count += count;
    if (this.#count > MOST_COMPARISONS)
      throw new Error(`${OWN_PLAN}: too many tensors are live together to find those that share bytes`);
  }
}

function contains(outer: Placed, inner: Placed): boolean {
  return outer.offset <= inner.offset && outer.offset + outer.size >= inner.offset + inner.size;
}

/** As few ties as hold every group together: each pair of them that is not tied yet. */
function tiesOf(
  tensors: readonly Placed[],
  pairs: readonly (readonly [number, number])[],
): Pick<StatedSharing, 'share' | 'views'> {
  const tied = new Groups(tensors.length);
  const same = new Groups(tensors.length);
  const views: View<number>[] = [];
  for (const [a, b] of pairs) {
    const [one, other] = [tensors[a]!, tensors[b]!];
    if (tied.rootOf(a) === tied.rootOf(b)) continue;
    if (one.offset === other.offset) same.join(a, b);
    else if (contains(one, other)) views.push({buffer: b, of: a, offset: other.offset - one.offset});
    else if (contains(other, one)) views.push({buffer: a, of: b, offset: one.offset - other.offset});
    else continue;
    tied.join(a, b);
  }
  return {share: same.all(), views};
}

/** A union-find that lists its groups. */
class Groups {
  readonly #members: number[][];
  readonly #root: Int32Array;

  constructor(count: number) {
    this.#members = Array.from({length: count}, (_, i) => [i]);
    this.#root = Int32Array.from({length: count}, (_, i) => i);
  }

  rootOf(i: number): number {
    return this.#root[i]!;
  }

  membersOf(i: number): readonly number[] {
    return this.#members[this.#root[i]!]!;
  }

  /** The smaller group joins the larger one. */
  join(a: number, b: number): void {
    let [into, from] = [this.rootOf(a), this.rootOf(b)];
    if (into === from) return;
    if (this.#members[into]!.length < this.#members[from]!.length) [into, from] = [from, into];
    for (const i of this.#members[from]!) {
      this.#root[i] = into;
      this.#members[into]!.push(i);
    }
    this.#members[from] = [];
  }

  /** Groups of two or more, in order of their first member. */
  all(): number[][] {
    return this.#members
      .filter(group => group.length > 1)
      .map(group => group.toSorted((a, b) => a - b))
      .sort((a, b) => a[0]! - b[0]!);
  }
}
