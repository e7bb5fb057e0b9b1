/** Where the bundles of a problem were in an earlier plan. */
import {type AlignedBundle, alignedIn} from '../constraints/aligned.ts';
import type {Bundle} from '../constraints/bundles.ts';
import {type Bytes, NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import type {Wanted} from './eject.ts';
import {isKnown} from './moves.ts';

/** A problem without pools has one arena. */
const ONE_ARENA = 0;

export interface WantedBundles {
  readonly bundles: readonly AlignedBundle[];
  readonly wanted: Wanted;
  /** Bytes that move wherever the bundles are: at places that the allowed peak or alignments exclude, or not together. */
  readonly always: Bytes;
}

export function wantedOf(
  columns: ProblemColumns,
  live: readonly Bundle[],
  previous: ArrayLike<Bytes>,
  allowed: Bytes,
): WantedBundles {
  const bundles = live.map(bundle => alignedIn(bundle, ONE_ARENA));
  const offset = new Float64Array(live.length).fill(NO_OFFSET);
  const weight = new Float64Array(live.length);
  const loss = new Float64Array(live.length);
  let always = 0;
  live.forEach(({members}, k) => {
    const bundle = bundles[k]!;
    const bytesAt = new Map<Bytes, Bytes>();
    let all = 0;
    for (const {buffer, at} of members) {
      if (!isKnown(columns, previous, buffer)) continue;
      const origin = previous[buffer]! - at - bundle.rest;
      all += columns.size[buffer]!;
      if (isPlace(bundle, origin, allowed))
        bytesAt.set(origin, (bytesAt.get(origin) ?? 0) + columns.size[buffer]!);
    }
    const [best, second] = [...bytesAt].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    always += all - (best?.[1] ?? 0);
    if (best === undefined) return;
    // a fixed bundle is where it was, and cannot move
    if (bundle.fixed !== NO_OFFSET) return;
    [offset[k], weight[k]] = best;
    loss[k] = best[1] - (second?.[1] ?? 0);
  });
  return {bundles, wanted: {offset, weight, loss}, always};
}

function isPlace({alignment, fixed, extent}: AlignedBundle, origin: Bytes, allowed: Bytes): boolean {
  if (origin < 0 || origin % alignment !== 0 || origin + extent > allowed) return false;
  return fixed === NO_OFFSET || fixed === origin;
}
