/**
 * How far the peak of an order is from the load at every value of the dimensions, proven without looking at single values.
 *
 * A polynomial on a box lies between the least and the greatest of its Bernstein coefficients there: so one whose coefficients are all
 * at least those of another is nowhere below it. For forms in which no dimension is multiplied by itself, these coefficients are the
 * values at the corners. Each path of the order is such a form, a sum of sizes; so is the load of each section. If the coefficients of
 * each path are at most r times those of some section, the peak is at most r times the load everywhere.
 *
 * Farouki, "The Bernstein polynomial basis: a centennial retrospective", CAGD 29 (2012), section 4.
 */
import {alignmentOf} from '../model/problem.ts';
import type {SymbolicColumns} from '../model/symbolic.ts';
import type {Below} from './below.ts';
import type {Sections} from './sections.ts';

/** Bernstein coefficients of a form, times one common factor. */
type Form = Float64Array;

/** Most coefficients of a form: more dimensions or powers are not tried. */
const MOST_COEFFICIENTS = 256;
/** Forms that are kept for a buffer or for all sections; more are joined, which is sound and loses sharpness. */
const MOST_FORMS = 24;

/**
 * A number r: at every value of the dimensions the peak of the order is at most r times the load. It is 1 exactly where the order is
 * proven to be optimal everywhere; undefined where nothing is proven, as for more dimensions than are followed.
 */
export function guaranteeOf(
  columns: SymbolicColumns,
  sections: Sections,
  order: ArrayLike<number>,
  below: Below,
): number | undefined {
  const basis = basisOf(columns);
  if (!basis) return undefined;
  const forms = formsOf(columns, basis);
  if (!forms) return undefined;
  const loads = loadsOf(sections, forms, basis.size);
  let worst = 1;
  for (const path of pathsOf(columns, order, below, forms, basis)) {
    let best = Number.POSITIVE_INFINITY;
    for (const load of loads) best = Math.min(best, excess(path, load));
    worst = Math.max(worst, best);
  }
  return Number.isFinite(worst) ? worst : undefined;
}

/** The least r, rounded up, with path ≤ r × load in all coefficients; 1 where that holds exactly. */
function excess(path: Form, load: Form): number {
  let most = 1;
  for (let j = 0; j < path.length; j++) {
    if (path[j]! > load[j]!) most = Math.max(most, (Math.floor((path[j]! / load[j]!) * 1e6) + 1) / 1e6);
  }
  return most;
}

interface Basis {
  /** Coefficients of a form. */
  readonly size: number;
  /** What all forms are multiplied by, so that they are integers. */
  readonly scale: number;
  /** Per monomial, times `scale`. */
  readonly monomials: readonly (readonly bigint[])[];
}

function basisOf({dimensions, monomials}: SymbolicColumns): Basis | undefined {
  const degrees = dimensions.map((_, d) =>
    monomials.reduce((most, factors) => Math.max(most, powerOf(factors, d)), 0),
  );
  const size = degrees.reduce((product, degree) => product * (degree + 1), 1);
  if (size > MOST_COEFFICIENTS) return undefined;
  const scales = degrees.map(scaleOf);
  const rows = monomials.map(factors =>
    dimensions.reduce<bigint[]>(
      (row, {min, max, multipleOf}, d) => {
        const most = BigInt((max - min) / multipleOf);
        const axis = powerRow(powerOf(factors, d), degrees[d]!, most, scales[d]!);
        return row.flatMap(value => axis.map(other => value * other));
      },
      [1n],
    ),
  );
  return {size, scale: Number(scales.reduce((product, scale) => product * scale, 1n)), monomials: rows};
}

function powerOf(factors: readonly number[], dimension: number): number {
  return factors.filter(factor => factor === dimension).length;
}

/** C(n, k). */
function choose(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let value = 1n;
  for (let i = 1; i <= k; i++) value = (value * BigInt(n - k + i)) / BigInt(i);
  return value;
}

/** The least common multiple of C(n, 0) … C(n, n). */
function scaleOf(degree: number): bigint {
  let scale = 1n;
  for (let k = 1; k < degree; k++) {
    const value = choose(degree, k);
    let [a, b] = [scale, value];
    while (b > 0n) [a, b] = [b, a % b];
    scale = (scale / a) * value;
  }
  return scale;
}

/** The Bernstein coefficients, of that degree and times `scale`, of a power of a number from 0 to `most`. */
function powerRow(power: number, degree: number, most: bigint, scale: bigint): bigint[] {
  return Array.from(
    {length: degree + 1},
    (_, j) => (choose(j, power) * most ** BigInt(power) * scale) / choose(degree, power),
  );
}

/** The size of each buffer; undefined where their sum, with padding, is not exact in doubles. */
function formsOf(columns: SymbolicColumns, {size, scale, monomials}: Basis): Form[] | undefined {
  const {largest, termIndex, termMonomial, termCoefficient} = columns;
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  let total = 0n;
  const forms: Form[] = [];
  for (let i = 0; i < largest.count; i++) {
    const form = new Array<bigint>(size).fill(0n);
    for (let t = termIndex[i]!; t < termIndex[i + 1]!; t++) {
      const coefficient = BigInt(termCoefficient[t]!);
      monomials[termMonomial[t]!]!.forEach((value, j) => {
        form[j]! += coefficient * value;
      });
    }
    const sum = form.reduce((a, b) => a + b, 0n);
    total += sum + BigInt(alignmentOf(largest, i)) * BigInt(scale);
    if (total > most) return undefined;
    forms.push(Float64Array.from(form, Number));
  }
  return forms;
}

/** The loads of the sections, without those that another one exceeds. */
function loadsOf(sections: Sections, forms: readonly Form[], size: number): Form[] {
  const {live, pieceIndex, pieceFrom, pieceTo, count} = sections;
  const changes = Array.from({length: count + 1}, () => new Float64Array(size));
  for (const i of live) {
    for (let p = pieceIndex[i]!; p < pieceIndex[i + 1]!; p++) {
      forms[i]!.forEach((value, j) => {
        changes[pieceFrom[p]!]![j]! += value;
        changes[pieceTo[p]!]![j]! -= value;
      });
    }
  }
  const loads: Form[] = [];
  const load = new Float64Array(size);
  for (let s = 0; s < count; s++) {
    changes[s]!.forEach((value, j) => {
      load[j]! += value;
    });
    if (!loads.some(other => isBelow(load, other))) loads.push(load.slice());
  }
  return loads.filter(
    (one, k) => !loads.some((other, m) => m !== k && isBelow(one, other) && (m < k || !isBelow(other, one))),
  );
}

function isBelow(one: Form, other: Form): boolean {
  for (let j = 0; j < one.length; j++) if (one[j]! > other[j]!) return false;
  return true;
}

/** Forms such that the end of each buffer is, at every value, at most the greatest of them. */
function pathsOf(
  columns: SymbolicColumns,
  order: ArrayLike<number>,
  below: Below,
  forms: readonly Form[],
  {size, scale}: Basis,
): Form[] {
  const ends: Form[][] = [];
  /** Per place: a power of two that its end is a multiple of, at every value. */
  const granules: number[] = [];
  const isUnder = new Uint8Array(order.length);
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    let offsets: Form[] = [];
    let granule = Number.POSITIVE_INFINITY;
    for (let t = below.index[k]!; t < below.index[k + 1]!; t++) {
      const place = below.places[t]!;
      isUnder[place] = 1;
      granule = Math.min(granule, granules[place]!);
      for (const form of ends[place]!) offsets = withForm(offsets, form);
    }
    if (offsets.length === 0) offsets = [new Float64Array(size)];
    const alignment = alignmentOf(columns.largest, i);
    const padding = granule < alignment ? (alignment - granule) * scale : 0;
    ends.push(offsets.map(form => form.map((value, j) => value + padding + forms[i]![j]!)));
    granules.push(Math.min(Math.max(granule, alignment), granuleOf(columns, i)));
  }
  let tops: Form[] = [];
  ends.forEach((list, k) => {
    if (isUnder[k] === 0) for (const form of list) tops = withForm(tops, form, Number.POSITIVE_INFINITY);
  });
  return tops;
}

/** The greatest power of two that the size of a buffer is a multiple of at every value. */
function granuleOf({termIndex, termCoefficient}: SymbolicColumns, i: number): number {
  let granule = 2 ** 52;
  for (let t = termIndex[i]!; t < termIndex[i + 1]!; t++) {
    granule = Math.min(granule, evenPart(termCoefficient[t]!));
  }
  return granule;
}

/** The greatest power of two that divides an integer above 0. */
function evenPart(value: number): number {
  let part = 1;
  while (part < 2 ** 52 && value % (part * 2) === 0) part *= 2;
  return part;
}

/** Forms none of which exceeds another; two are joined to one that is above both where there are more than `most`. */
function withForm(forms: Form[], form: Form, most = MOST_FORMS): Form[] {
  if (forms.some(other => isBelow(form, other))) return forms;
  const kept = forms.filter(other => !isBelow(other, form));
  if (kept.length < most) return [...kept, form];
  const last = kept.pop()!;
  return withForm(
    kept,
    last.map((value, j) => Math.max(value, form[j]!)),
    most,
  );
}
