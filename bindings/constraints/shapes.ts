/** Bundles as problems for the core, which knows single buffers only. */
import type {Bytes} from '../model/numbers.ts';
import {NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import type {AlignedBundle} from './aligned.ts';
import {type Pieces, unionOf} from './pieces.ts';
import type {Slice} from './slices.ts';

/** One buffer of such a problem. */
interface Shape {
  readonly size: Bytes;
  readonly pieces: Pieces;
  readonly alignment: Bytes;
  readonly fixed: Bytes;
  readonly hint: Bytes;
}

/** Whether a single buffer says all of the bundle. */
export function isPlain({slices, loose, extent}: AlignedBundle): boolean {
  const [slice] = slices;
  return slices.length === 1 && slice!.from === 0 && slice!.to === extent && loose === undefined;
}

/**
 * Each bundle as one buffer, live where any of its slices is: of plain bundles the same problem, else a narrower one,
 * whose plans all hold.
 */
export function hulls(bundles: readonly AlignedBundle[]): ProblemColumns {
  return columnsOf(
    bundles.map(bundle => ({
      size: bundle.extent,
      pieces: unionOf(bundle.slices.map(({pieces}) => pieces)),
      alignment: bundle.alignment,
      fixed: bundle.fixed,
      hint: bundle.hint,
    })),
  );
}

/** Each slice as a buffer of its own: a weaker problem, whose lower bound holds for the bundles. */
export function loosened(bundles: readonly AlignedBundle[]): ProblemColumns {
  return columnsOf(
    bundles.flatMap(({slices, loose = slices, alignment, fixed}) =>
      loose.map(({from, to, pieces}) => ({
        size: to - from,
        pieces,
        alignment: dividing(from, alignment),
        fixed: fixed === NO_OFFSET ? NO_OFFSET : fixed + from,
        hint: NO_OFFSET,
      })),
    ),
  );
}

/** Plain bundles as they are, and the slices of the others fixed where a plan has them. */
export function around(
  bundles: readonly AlignedBundle[],
  offsets: ArrayLike<Bytes>,
): {readonly columns: ProblemColumns; readonly plain: readonly number[]} {
  const plain = bundles.flatMap((bundle, k) => (isPlain(bundle) ? [k] : []));
  const free = plain.map((k): Shape => {
    const {extent, slices, alignment, fixed, hint} = bundles[k]!;
    return {size: extent, pieces: slices[0]!.pieces, alignment, fixed, hint};
  });
  const standing = bundles.flatMap((bundle, k) =>
    isPlain(bundle)
      ? []
      : bundle.slices.map(({from, to, pieces}): Shape => {
          return {size: to - from, pieces, alignment: 1, fixed: offsets[k]! + from, hint: NO_OFFSET};
        }),
  );
  return {columns: columnsOf([...free, ...standing]), plain};
}

/** The largest power of two up to `alignment` that divides `bytes`. */
function dividing(bytes: Bytes, alignment: Bytes): Bytes {
  let power = alignment;
  while (bytes % power !== 0) power /= 2;
  return power;
}

function columnsOf(shapes: readonly Shape[]): ProblemColumns {
  const inner = shapes.map(({pieces}) => pieces.slice(1, -1));
  const gaps = inner.flat();
  const gapIndex = new Uint32Array(shapes.length + 1);
  inner.forEach((ticks, k) => {
    gapIndex[k + 1] = gapIndex[k]! + ticks.length / 2;
  });
  const hint = Float64Array.from(shapes, shape => shape.hint);
  return {
    count: shapes.length,
    start: Uint32Array.from(shapes, ({pieces}) => pieces[0]!),
    end: Uint32Array.from(shapes, ({pieces}) => pieces.at(-1)!),
    size: Float64Array.from(shapes, ({size}) => size),
    alignment: Float64Array.from(shapes, shape => shape.alignment),
    offset: Float64Array.from(shapes, ({fixed}) => fixed),
    gapIndex,
    gapStart: Uint32Array.from(gaps.filter((_, k) => k % 2 === 0)),
    gapEnd: Uint32Array.from(gaps.filter((_, k) => k % 2 === 1)),
    ...(hint.some(bytes => bytes !== NO_OFFSET) ? {hint} : {}),
  };
}

/** Σ over the slices of bytes × ticks. */
export function areaOf(slices: readonly Slice[]): number {
  let area = 0;
  for (const {from, to, pieces} of slices) {
    for (let k = 0; k < pieces.length; k += 2) area += (to - from) * (pieces[k + 1]! - pieces[k]!);
  }
  return area;
}
