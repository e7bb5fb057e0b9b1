/** Problems with dimensions as people state them become columns, every field checked. */
import {UsageError} from './errors.ts';
import {checkCount, checkFields, show} from './numbers.ts';
import type {Dimension, SymbolicBuffer, SymbolicColumns, SymbolicProblem, SymbolicSize} from './symbolic.ts';
import {TermTable} from './terms.ts';
import {toColumns} from './to-columns.ts';

const PROBLEM_FIELDS: ReadonlySet<string> = new Set(['dimensions', 'buffers', 'capacity', 'alignment']);
const DIMENSION_FIELDS: ReadonlySet<string> = new Set(['name', 'min', 'max', 'multipleOf']);
const BUFFER_FIELDS: ReadonlySet<string> = new Set(['id', 'size', 'start', 'end', 'alignment', 'gaps']);
/** More are an error in a file, not a problem. */
const MOST_DIMENSIONS = 16;

/** Whether a problem has sizes that depend on dimensions, in columns. */
export function isSymbolicColumns(problem: SymbolicProblem | SymbolicColumns): problem is SymbolicColumns {
  return 'monomials' in problem;
}

/**
 * Columns of a problem, every field checked; columns are taken as they are.
 * @throws UsageError naming the field, the expected and the given value.
 */
export function toSymbolicColumns(problem: SymbolicProblem | SymbolicColumns): SymbolicColumns {
  if (typeof problem !== 'object' || problem === null)
    throw new UsageError(`problem: expected an object, got ${show(problem)}`);
  if (isSymbolicColumns(problem)) return problem;
  checkFields(problem, PROBLEM_FIELDS, 'a problem with dimensions');
  const {buffers, capacity, alignment} = problem;
  const dimensions = checkedDimensions(problem.dimensions);
  if (!Array.isArray(buffers)) throw new UsageError(`buffers: expected an array, got ${show(buffers)}`);
  const table = new TermTable(dimensions);
  const sized = (buffers as readonly SymbolicBuffer[]).map((buffer, i) => {
    checkFields(buffer, BUFFER_FIELDS, `buffers[${i}]`);
    return {...buffer, size: table.add(buffer.size, `buffers[${i}].size`)};
  });
  const largest = toColumns({
    buffers: sized,
    ...(capacity === undefined ? {} : {capacity}),
    ...(alignment === undefined ? {} : {alignment}),
  });
  return {dimensions, ...table.columns(), stated: sized.map((_, i) => buffers[i].size), largest};
}

/** @throws UsageError naming the field. */
export function checkedDimensions(dimensions: readonly Dimension[]): Required<Dimension>[] {
  if (!Array.isArray(dimensions) || dimensions.length === 0 || dimensions.length > MOST_DIMENSIONS)
    throw new UsageError(`dimensions: expected a list of 1 to ${MOST_DIMENSIONS}, got ${show(dimensions)}`);
  const names = new Set<string>();
  return (dimensions as readonly Dimension[]).map((dimension, k) => {
    const place = `dimensions[${k}]`;
    checkFields(dimension, DIMENSION_FIELDS, place);
    const {name, min, max, multipleOf = 1} = dimension;
    if (typeof name !== 'string' || name === '' || /[",\r\n]/.test(name))
      throw new UsageError(
        `${place}.name: expected a name without commas, quotes and line breaks, got ${show(name)}`,
      );
    if (names.has(name)) throw new UsageError(`${place}.name: ${show(name)} is there twice`);
    names.add(name);
    checkCount(min, `${place}.min`);
    checkCount(max, `${place}.max`, min);
    checkCount(multipleOf, `${place}.multipleOf`, 1);
    for (const [field, value] of Object.entries({min, max})) {
      if (value % multipleOf !== 0)
        throw new UsageError(
          `${place}.${field}: expected a multiple of multipleOf (${multipleOf}), got ${value}`,
        );
    }
    return {name, min, max, multipleOf};
  });
}

/** A size for people: `4096·batch·seq + 64`, bytes. */
export function describeSize(size: SymbolicSize): string {
  if (typeof size === 'number') return String(size);
  const texts = size.map(([coefficient, ...names]) => [coefficient, ...names].join('·'));
  return texts.join(' + ').replaceAll('+ -', '- ') || '0';
}
