/** Problems with all of their constraints, in JSON: docs/constraints.md, docs/problem.schema.json. */
import {ImportError, UsageError} from '../../../model/errors.ts';
import type {Problem, ProblemColumns} from '../../../model/problem.ts';
import {cut, show} from '../../../model/shown.ts';
import {toColumns} from '../../../model/to-columns.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Head, ProblemImporter, ReadProblem} from '../importer.ts';
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
export async function readProblemJson(source: ByteSource): Promise<ReadProblem> {
  const {schema, ...problem} = await readJsonObject(source, 'problem-json', 'write the problem as CSV');
  if (schema !== PROBLEM_SCHEMA)
    throw refuse(`schema: expected "${PROBLEM_SCHEMA}", got ${schema === undefined ? 'none' : show(schema)}`);
  try {
    return {problem: named(toColumns(problem as unknown as Problem)), warnings: []};
  } catch (error) {
    throw error instanceof UsageError ? refuse(error.message) : error;
  }
}

/** Names that are the rows' indices say nothing. */
function named(columns: ProblemColumns): ProblemColumns {
  const {ids, ...rest} = columns;
  return ids?.every((id, i) => id === String(i)) ? rest : columns;
}

function refuse(message: string): ImportError {
  return new ImportError(cut(message, 400), {format: 'problem-json'});
}
