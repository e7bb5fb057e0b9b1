/** Bundles that become one where an output takes the place of its input. */

import type {InPlace} from '../model/constraints.ts';
import type {Bytes} from '../model/numbers.ts';
import {type Bundle, type BundleSource, filled, rectanglesOf} from './bundles.ts';
import {anyBetween, type Rectangle} from './meetings.ts';
import {bothPlaces, movedBack, type Places} from './places.ts';
import type {Solving} from './subproblems.ts';

/** Bytes from the origin of the bundle, or of the bundles that are to be one, to a buffer. */
export type Position = (buffer: number) => Bytes;

/** The bundles that are merged, and what is known about them. */
export interface Base extends BundleSource {
  readonly base: readonly Bundle[];
  /** Per buffer: its bundle, and its bytes from the offset of that. */
  readonly bundleOf: ArrayLike<number>;
  readonly at: ArrayLike<Bytes>;
  /** Bundles that must be in other arenas. */
  apartFrom(bundle: number): ReadonlySet<number> | undefined;
  /** Whether two buffers at these places need the same bytes at a tick in which no pair lets them share these. */
  isConflict(a: Rectangle, b: Rectangle, position: Position): boolean;
}

/** Bundles of the base that move together, by their bytes from an origin. */
interface Group {
  readonly bundles: number[];
  readonly rectangles: Rectangle[];
  /** Of the origin. */
  places: Places;
  /** Bytes from the origin to the lowest live byte. */
  lowest: Bytes;
}

/** Two groups with the second `distance` bytes from the first. */
interface Fit {
  readonly a: Group;
  readonly b: Group;
  readonly distance: Bytes;
  readonly places: Places;
  readonly lowest: Bytes;
}

export class Merging {
  readonly #tied: Base;
  /** Per bundle of the base, once it is looked at: its group, and its bytes from the origin of that. */
  readonly #groups = new Map<number, Group>();
  readonly #at = new Map<number, Bytes>();

  constructor(tied: Base) {
    this.#tied = tied;
  }

  /** Whether the output can have the place of the input beside what is merged already. */
  *can(pair: InPlace<number>): Solving<boolean> {
    const fit = yield* this.#fit(pair);
    return typeof fit === 'object' || fit;
  }

  /** The same, and merges them. */
  *merge(pair: InPlace<number>): Solving<boolean> {
    const fit = yield* this.#fit(pair);
    if (typeof fit === 'boolean') return fit;
    const isFirstLarger = fit.a.rectangles.length >= fit.b.rectangles.length;
    const [large, small] = isFirstLarger ? [fit.a, fit.b] : [fit.b, fit.a];
    const moved = isFirstLarger ? fit.distance : -fit.distance;
    for (const k of small.bundles) {
      this.#at.set(k, this.#at.get(k)! + moved);
      this.#groups.set(k, large);
    }
    large.bundles.push(...small.bundles);
    for (const one of small.rectangles)
      large.rectangles.push({...one, from: one.from + moved, to: one.to + moved});
    large.places = isFirstLarger ? fit.places : movedBack(fit.places, -fit.distance);
    large.lowest = isFirstLarger ? fit.lowest : fit.lowest - fit.distance;
    return true;
  }

  *bundles(): Solving<readonly Bundle[]> {
    const merged = [...new Set(this.#groups.values())].filter(({bundles}) => bundles.length > 1);
    const gone = new Set(merged.flatMap(({bundles}) => bundles));
    const left = this.#tied.base.filter((_, k) => !gone.has(k));
    const all = [...left];
    for (const group of merged) all.push(yield* this.#bundleOf(group));
    return all.sort((a, b) => a.members[0]!.buffer - b.members[0]!.buffer);
  }

  *#bundleOf({bundles, places, lowest}: Group): Solving<Bundle> {
    const members = bundles.flatMap(k => {
      const moved = this.#at.get(k)! - lowest;
      return this.#tied.base[k]!.members.map(({buffer, at}) => ({buffer, at: at + moved}));
    });
    members.sort((a, b) => a.buffer - b.buffer);
    return {...(yield* filled(this.#tied, members)), places: movedBack(places, -lowest)};
  }

  #groupOf(k: number): Group {
    let group = this.#groups.get(k);
    if (group === undefined) {
      const {members, places} = this.#tied.base[k]!;
      group = {bundles: [k], rectangles: rectanglesOf(this.#tied, members, 0), places, lowest: 0};
      this.#groups.set(k, group);
      this.#at.set(k, 0);
    }
    return group;
  }

  /** How the pair fits; true where it is in place already. */
  *#fit({input, output}: InPlace<number>): Solving<Fit | boolean> {
    const {bundleOf, at} = this.#tied;
    const a = this.#groupOf(bundleOf[input]!);
    const b = this.#groupOf(bundleOf[output]!);
    const from = this.#at.get(bundleOf[input]!)! + at[input]!;
    const to = this.#at.get(bundleOf[output]!)! + at[output]!;
    if (a === b) return from === to;
    const distance = from - to;
    const places = bothPlaces(a.places, movedBack(b.places, distance));
    const lowest = Math.min(a.lowest, b.lowest + distance);
    if (places === undefined || (places.fixed !== undefined && places.fixed + lowest < 0)) return false;
    if (this.#areApart(a, b)) return false;
    const isConflict =
      a.rectangles.length >= b.rectangles.length
        ? yield* this.#isConflict(a, b, distance)
        : yield* this.#isConflict(b, a, -distance);
    return isConflict ? false : {a, b, distance, places, lowest};
  }

  #areApart(a: Group, b: Group): boolean {
    const [few, many] = a.bundles.length < b.bundles.length ? [a, b] : [b, a];
    return few.bundles.some(k => {
      for (const other of this.#tied.apartFrom(k) ?? []) if (this.#groups.get(other) === many) return true;
      return false;
    });
  }

  *#isConflict(large: Group, small: Group, distance: Bytes): Solving<boolean> {
    const {bundleOf, at, work} = this.#tied;
    const position: Position = buffer => {
      const bundle = bundleOf[buffer]!;
      const moved = this.#groups.get(bundle) === small ? distance : 0;
      return this.#at.get(bundle)! + at[buffer]! + moved;
    };
    const moved = small.rectangles.map(one => ({...one, from: one.from + distance, to: one.to + distance}));
    return yield* anyBetween(work, large.rectangles, moved, (one, other) =>
      this.#tied.isConflict(one, other, position),
    );
  }
}
