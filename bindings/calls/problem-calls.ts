/** The calls behind the buffers of a problem: the operators of a model, or the names of its buffers. */
import {idOf, type ProblemColumns} from '../model/problem.ts';
import {type CallPaths, PathBuilder} from './calls.ts';
import {splitName} from './names.ts';
import type {Grouping} from './trace-calls.ts';

/** Names that stowage makes up where there are none: they say nothing of where a buffer comes from. */
const MADE_UP = /^b?\d+(\.\d+)?$/;
/** `Conv "/features/0"`: the type of an operator, and its name in the model. */
const OPERATOR = /^([^"]*) "([^"]*)"$/;

export function problemCalls(
  problem: ProblemColumns,
  operations: readonly string[] | undefined,
  by: Grouping = 'stack',
): CallPaths {
  const builder = new PathBuilder();
  const sourceOf = sourcesOf(problem, operations);
  const known = new Map<string, number>();
  const pathOf = Uint32Array.from({length: problem.count}, (_, buffer) => {
    const source = sourceOf(buffer);
    const path = known.get(source) ?? builder.path(...levelsOf(builder, source, by));
    known.set(source, path);
    return path;
  });
  return builder.build(
    pathOf,
    by === 'module'
      ? ['Modules are the names of operators, split at / or, without one, at a full stop.']
      : [],
  );
}

/** The name that a buffer is known by: its operation, or its own name; `''` where neither says anything. */
export function sourcesOf(
  problem: ProblemColumns,
  operations: readonly string[] | undefined,
): (buffer: number) => string {
  if (operations) return buffer => operations[buffer]!;
  const hasNames = problem.ids?.some(id => !MADE_UP.test(id)) === true;
  return hasNames ? buffer => idOf(problem, buffer) : () => '';
}

/** `Conv` of `Conv "/features/0"`: the operator's type without its name in the model. */
export function operatorType(operation: string): string {
  return OPERATOR.exec(operation)?.[1] ?? operation;
}

function levelsOf(builder: PathBuilder, source: string, by: Grouping): number[][] {
  if (by === 'stack') return [[builder.call('operation', operatorType(source))]];
  const [, type, name = source] = OPERATOR.exec(source) ?? [];
  const parts = splitName(name);
  const last = type === undefined ? parts.at(-1)! : `${type} ${parts.at(-1)}`;
  return [
    parts.slice(0, -1).map(part => builder.call('module', part)),
    [builder.call('operation', name === '' ? source : last)],
  ];
}
