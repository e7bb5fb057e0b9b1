/** The option `dims`: sizes of dimensions, and ranges of those that stay symbolic. */
import {describeValues} from '../../model/dimension-values.ts';
import {fitProblems} from '../../model/fit-problems.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import type {SymbolicColumns} from '../../model/symbolic.ts';
import type {ImportOptions} from './importer.ts';

export type Dims = NonNullable<ImportOptions['dims']>;

/** Each dimension at its maximum. */
export function largestOf(dims: Dims): Record<string, number> {
  return Object.fromEntries(
    Object.entries(dims).map(([name, size]) => [name, typeof size === 'object' ? size.max : size]),
  );
}

/** The problem with the dimensions that have ranges; undefined where none has. @throws UsageError as `fitProblems` */
export function symbolicOf(
  dims: Dims,
  problemAt: (sizes: Readonly<Record<string, number>>) => ProblemColumns,
): SymbolicColumns | undefined {
  const ranges = Object.entries(dims).flatMap(([name, size]) =>
    typeof size === 'object' ? [{name, ...size}] : [],
  );
  if (ranges.length === 0) return undefined;
  const fixed = largestOf(dims);
  return fitProblems(ranges, values => problemAt({...fixed, ...values}));
}

/** What readers of `problem` alone should know. */
export function largestWarning({dimensions}: SymbolicColumns): string {
  const values = Object.fromEntries(dimensions.map(({name, max}) => [name, max]));
  return `sizes are those at the maximum of each dimension: ${describeValues(values)}`;
}
