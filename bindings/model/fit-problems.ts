/** Problems of one program at several values of its dimensions become one problem with dimensions. */
import {describeValues, namedValues} from './dimension-values.ts';
import {UsageError} from './errors.ts';
import {bytesOf, fitted, MOST_FITTED, type Samples, samplesOf} from './fit-sizes.ts';
import {idOf, NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from './problem.ts';
import {listNames} from './shown.ts';
import type {Dimension, SymbolicColumns, SymbolicSize} from './symbolic.ts';
import {checkedDimensions, toSymbolicColumns} from './symbolic-columns.ts';

/** Names of buffers that a message lists. */
const MOST_NAMED = 5;

/**
 * The problem with dimensions whose sizes are those of `problemAt` at every value that is looked at: some make the forms, the minimum,
 * the maximum and values between them test them. Values that are not looked at are taken to follow.
 * @param problemAt the problem at given values, by name
 * @throws UsageError naming the first buffer whose size is no such form, or that is not the same at all values
 */
export function fitProblems(
  stated: readonly Dimension[],
  problemAt: (values: Readonly<Record<string, number>>) => ProblemColumns,
): SymbolicColumns {
  const dimensions = checkedDimensions(stated);
  const free = dimensions.filter(({min, max}) => max > min);
  if (free.length > MOST_FITTED)
    throw new UsageError(
      `dims: expected at most ${MOST_FITTED} ranges, got ${free.length} (${listNames(free.map(({name}) => name))}): give the others one value`,
    );
  const samples = samplesOf(dimensions);
  const at = (values: Float64Array) => problemAt(namedValues(dimensions, values));
  const first = at(samples.nodes[0]!);
  const rows: Float64Array[] = [first.size];
  for (const values of samples.nodes.slice(1))
    rows.push(sameShape(first, at(values), dimensions, values).size);
  const sizes = Array.from({length: first.count}, (_, i) => fittedSize(first, dimensions, samples, rows, i));
  for (const values of samples.checks)
    checkSizes(dimensions, sizes, sameShape(first, at(values), dimensions, values), values);
  return withSizes(dimensions, first, sizes);
}

function fittedSize(
  first: ProblemColumns,
  dimensions: readonly Required<Dimension>[],
  samples: Samples,
  rows: readonly Float64Array[],
  i: number,
): SymbolicSize {
  const bytes = rows.map(row => row[i]!);
  const size = fitted(dimensions, samples, bytes);
  if (size !== undefined) return size;
  const seen = samples.nodes
    .slice(0, 4)
    .map((values, k) => `${bytes[k]} at ${describeValues(namedValues(dimensions, values))}`);
  throw new UsageError(
    `buffer "${idOf(first, i)}": its size is no sum of products of the dimensions with integers from 0: ${seen.join(', ')}; try a range of multiples, such as 32:256:32, or one value`,
  );
}

/** @throws UsageError where buffers or lifetimes differ from those at the minimum */
function sameShape(
  first: ProblemColumns,
  other: ProblemColumns,
  dimensions: readonly Required<Dimension>[],
  values: Float64Array,
): ProblemColumns {
  const where = `at ${describeValues(namedValues(dimensions, values))}`;
  for (let i = 0; i < Math.min(first.count, other.count); i++) {
    const isSame =
      idOf(first, i) === idOf(other, i) &&
      first.start[i] === other.start[i] &&
      first.end[i] === other.end[i] &&
      first.alignment[i] === other.alignment[i];
    if (!isSame)
      throw new UsageError(
        `buffer "${idOf(other, i)}": ${where} the program is another one: at the minimum there is "${idOf(first, i)}" with another lifetime or name; give a smaller range`,
      );
  }
  if (first.count !== other.count)
    throw new UsageError(
      `dims: ${where} there are ${other.count} buffers, and ${first.count} at the minimum: give a smaller range`,
    );
  return other;
}

function checkSizes(
  dimensions: readonly Required<Dimension>[],
  sizes: readonly SymbolicSize[],
  {size, ...problem}: ProblemColumns,
  values: Float64Array,
): void {
  const wrong = sizes.flatMap((form, i) => (bytesOf(dimensions, form, values) === size[i] ? [] : [i]));
  if (wrong.length === 0) return;
  const i = wrong[0]!;
  const others = wrong.slice(1, MOST_NAMED).map(k => `"${idOf({size, ...problem}, k)}"`);
  throw new UsageError(
    `buffer "${idOf({size, ...problem}, i)}": its size follows no form of the dimensions over the whole range: at ${describeValues(namedValues(dimensions, values))} it is ${size[i]}, not ${bytesOf(dimensions, sizes[i]!, values)}${others.length > 0 ? ` (also ${others.join(', ')})` : ''}; give a smaller range, multiples, or one value`,
  );
}

/** The problem with these sizes in place of its own. @throws UsageError where it has constraints, which such problems cannot have */
export function withSizes(
  dimensions: readonly Required<Dimension>[],
  problem: ProblemColumns,
  sizes: readonly SymbolicSize[],
): SymbolicColumns {
  const {constraints, capacity, defaultAlignment: alignment} = problem;
  if (constraints || problem.offset.some(offset => offset !== NO_OFFSET))
    throw new UsageError(
      'dims: a problem with dimensions has no constraints but lifetimes, gaps and alignments',
    );
  const {gapIndex, gapStart, gapEnd} = problem;
  const buffers = sizes.map((size, i) => {
    const gaps: [number, number][] = [];
    for (let g = gapIndex[i]!; g < gapIndex[i + 1]!; g++) gaps.push([gapStart[g]!, gapEnd[g]!]);
    const own = problem.alignment[i]!;
    return {
      ...(problem.ids ? {id: problem.ids[i]!} : {}),
      size,
      start: problem.start[i]!,
      end: problem.end[i]!,
      ...(own === NO_ALIGNMENT ? {} : {alignment: own}),
      ...(gaps.length > 0 ? {gaps} : {}),
    };
  });
  return toSymbolicColumns({
    dimensions,
    buffers,
    ...(capacity === undefined ? {} : {capacity}),
    ...(alignment === undefined ? {} : {alignment}),
  });
}
