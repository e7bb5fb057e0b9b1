/** The load of bundles over time, arena by arena, on the ticks at which anything begins or ends. */
import type {Bytes, Tick} from '../model/numbers.ts';
import type {Slice} from './slices.ts';

/** The stretches of a slice in terms of `Timeline.ticks`, and its bytes. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly bytes: Bytes;
}

export class Timeline {
  /** Ascending, each once; instant k is from the k-th to the next. */
  readonly ticks: readonly Tick[];
  readonly #spans: readonly (readonly Span[])[];

  constructor(bundles: readonly {readonly slices: readonly Slice[]}[]) {
    this.ticks = [...new Set(bundles.flatMap(({slices}) => slices.flatMap(({pieces}) => pieces)))].sort(
      (a, b) => a - b,
    );
    const place = new Map(this.ticks.map((tick, k) => [tick, k]));
    this.#spans = bundles.map(({slices}) => slices.flatMap(slice => spansOf(slice, place)));
  }

  newLoad(): Float64Array {
    return new Float64Array(this.ticks.length);
  }

  /** The load of these bundles. */
  loadOf(bundles: readonly number[]): Float64Array {
    const load = this.newLoad();
    for (const k of bundles) {
      for (const {from, to, bytes} of this.#spans[k]!) {
        load[from]! += bytes;
        load[to]! -= bytes;
      }
    }
    for (let t = 1; t < load.length; t++) load[t]! += load[t - 1]!;
    return load;
  }

  /** Instants that `add`, `mostWith` and `bytesOf` look at. */
  lengthOf(k: number): number {
    return this.#spans[k]!.reduce((sum, {from, to}) => sum + to - from, 0);
  }

  /** Adds bundle `k` to a load, or takes it out with `sign` −1. */
  add(load: Float64Array, k: number, sign: 1 | -1 = 1): void {
    for (const {from, to, bytes} of this.#spans[k]!) {
      for (let t = from; t < to; t++) load[t]! += sign * bytes;
    }
  }

  /** The largest load while bundle `k` is live, with it added, bytes. */
  mostWith(load: Float64Array, k: number): Bytes {
    this.add(load, k);
    let most = 0;
    for (const {from, to} of this.#spans[k]!) {
      for (let t = from; t < to; t++) most = Math.max(most, load[t]!);
    }
    this.add(load, k, -1);
    return most;
  }

  /** Bytes of bundle `k` that are live at each instant where any are. */
  bytesOf(k: number): Map<number, Bytes> {
    const bytes = new Map<number, Bytes>();
    for (const span of this.#spans[k]!) {
      for (let t = span.from; t < span.to; t++) bytes.set(t, (bytes.get(t) ?? 0) + span.bytes);
    }
    return bytes;
  }

  /** First and last instant of bundle `k`. */
  hullOf(k: number): {readonly first: number; readonly last: number} {
    let first = Number.POSITIVE_INFINITY;
    let last = -1;
    for (const {from, to} of this.#spans[k]!) {
      first = Math.min(first, from);
      last = Math.max(last, to - 1);
    }
    return {first, last};
  }

  /** Bytes × instants. */
  areaOf(k: number): number {
    return this.#spans[k]!.reduce((sum, {from, to, bytes}) => sum + bytes * (to - from), 0);
  }
}

export function most(load: Float64Array): Bytes {
  return load.reduce((top, bytes) => Math.max(top, bytes), 0);
}

function spansOf({from, to, pieces}: Slice, place: ReadonlyMap<Tick, number>): Span[] {
  const spans: Span[] = [];
  for (let k = 0; k < pieces.length; k += 2) {
    spans.push({from: place.get(pieces[k]!)!, to: place.get(pieces[k + 1]!)!, bytes: to - from});
  }
  return spans;
}
