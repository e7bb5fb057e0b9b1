/** Problems with all of their constraints, in JSON: docs/constraints.md, docs/problem.schema.json. */

import {isValueOf} from '../../../model/dimension-values.ts';
import {ImportError, UsageError} from '../../../model/errors.ts';
import type {OperatorProblem} from '../../../model/operators.ts';
import type {Problem, ProblemColumns} from '../../../model/problem.ts';
import {cut, listNames, show} from '../../../model/shown.ts';
import type {SymbolicProblem} from '../../../model/symbolic.ts';
import {checkedDimensions, toSymbolicColumns} from '../../../model/symbolic-columns.ts';
import {toColumns} from '../../../model/to-columns.ts';
import {listedOrder, toGraph} from '../../../operators/graph.ts';
import {lifetimesOf} from '../../../operators/lifetimes.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Head, ImportOptions, ProblemImporter, ReadProblem} from '../importer.ts';
import {type Dims, largestWarning} from '../symbolic-dims.ts';
import {readJsonObject} from './whole-text.ts';

export const PROBLEM_SCHEMA = 'stowage.problem/1';

export const problemJsonImporter: ProblemImporter = {
  format: 'problem-json',
  kind: 'problem',
  description: "stowage's own problems with constraints, JSON: docs/constraints.md",
  detect: ({text}: Head) => /^\s*\{\s*"schema"\s*:\s*"stowage\.problem\//.test(text),
  read: readProblemJson,
};

/** @throws {ImportError} naming the field. */
export async function readProblemJson(
  source: ByteSource,
  {dims = {}}: ImportOptions = {},
): Promise<ReadProblem> {
  const {schema, ...problem} = await readJsonObject(source, 'problem-json', 'write the problem as CSV');
  if (schema !== PROBLEM_SCHEMA)
    throw refuse(`schema: expected "${PROBLEM_SCHEMA}", got ${schema === undefined ? 'none' : show(schema)}`);
  try {
    if (problem.dimensions !== undefined) return readDimensions(problem as unknown as SymbolicProblem, dims);
    if (Object.keys(dims).length > 0) throw new UsageError('dims: the problem has no dimensions');
    if (Object.hasOwn(problem, 'operators') || Object.hasOwn(problem, 'tensors'))
      return operatorsOf(problem as unknown as OperatorProblem);
    return {problem: named(toColumns(problem as unknown as Problem)), warnings: []};
  } catch (error) {
    throw error instanceof UsageError ? refuse(error.message) : error;
  }
}

/** A problem with dimensions, those of `dims` with the values or ranges there in place of its own. */
function readDimensions(stated: SymbolicProblem, dims: Dims): ReadProblem {
  const known = checkedDimensions(stated.dimensions);
  for (const name of Object.keys(dims)) {
    if (!known.some(dimension => dimension.name === name))
      throw new UsageError(
        `dims: no dimension has the name ${show(name)}; there are ${listNames(known.map(one => one.name))}`,
      );
  }
  const dimensions = known.map(dimension => {
    const size = dims[dimension.name];
    if (size === undefined) return dimension;
    const range = typeof size === 'object' ? size : {min: size, max: size};
    const {name, min, max, multipleOf} = {...dimension, ...range};
    if (!isValueOf(dimension, min) || !isValueOf(dimension, max) || multipleOf % dimension.multipleOf !== 0)
      throw new UsageError(
        `dims.${name}: expected values within ${dimension.min} to ${dimension.max}, multiples of ${dimension.multipleOf}, got ${show(size)}`,
      );
    return {name, min, max, multipleOf};
  });
  const symbolic = toSymbolicColumns({...stated, dimensions});
  const problem = named(symbolic.largest);
  if (dimensions.every(({min, max}) => min === max)) return {problem, warnings: []};
  return {problem, symbolic: {...symbolic, largest: problem}, warnings: [largestWarning(symbolic)]};
}

/** The buffers that the listed order makes, and the operators, which may run in another one. */
function operatorsOf(problem: OperatorProblem): ReadProblem {
  const graph = toGraph(problem);
  const {columns, tensorOf} = lifetimesOf(graph, listedOrder(graph));
  const writers = Array.from(tensorOf, (_, s) => graph.writer[s]!);
  return {
    problem: named(columns),
    operations: writers.map(v => (v < 0 ? '' : graph.operatorIds[v]!)),
    warnings: [],
    operators: () => problem,
  };
}

/** Names that are the rows' indices say nothing. */
function named(columns: ProblemColumns): ProblemColumns {
  const {ids, ...rest} = columns;
  return ids?.every((id, i) => id === String(i)) ? rest : columns;
}

function refuse(message: string): ImportError {
  return new ImportError(cut(message, 400), {format: 'problem-json'});
}
