/** Problems with all of their constraints, in JSON: docs/constraints.md, docs/problem.schema.json. */
import {ImportError, UsageError} from '../../../model/errors.ts';
import type {Problem, ProblemColumns} from '../../../model/problem.ts';
import {toColumns} from '../../../model/to-columns.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Head, ProblemImporter, ReadProblem} from '../importer.ts';

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
  const {schema, ...problem} = await objectOf(source);
  if (schema !== PROBLEM_SCHEMA)
    throw refuse(`schema: expected "${PROBLEM_SCHEMA}", got ${JSON.stringify(schema) ?? 'none'}`);
  try {
    return {problem: named(toColumns(problem as unknown as Problem)), warnings: []};
  } catch (error) {
    throw error instanceof UsageError ? refuse(error.message) : error;
  }
}

/** A problem is read as a whole: constraints name any of its buffers. */
async function objectOf(source: ByteSource): Promise<Readonly<Record<string, unknown>>> {
  const decoder = new TextDecoder();
  let text = '';
  let value: unknown;
  try {
    for await (const chunk of source.chunks()) text += decoder.decode(chunk, {stream: true});
    text += decoder.decode();
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError)
      throw refuse(`not a JSON object: ${error.message}`);
    throw error;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw refuse(`not a JSON object: ${text.slice(0, 40)}`);
}

/** Names that are the rows' indices say nothing. */
function named(columns: ProblemColumns): ProblemColumns {
  const {ids, ...rest} = columns;
  return ids?.every((id, i) => id === String(i)) ? rest : columns;
}

function refuse(message: string): ImportError {
  return new ImportError(message.slice(0, 400), {format: 'problem-json'});
}
