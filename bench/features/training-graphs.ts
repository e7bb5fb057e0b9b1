/** Training graphs of the study of orders, with costs and with weights that are updated. */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {OperatorInfo, OperatorProblem} from '../../bindings/index.ts';
import {readStudyGraph} from '../../tests/operators/problems.ts';

const GRAPHS = fileURLToPath(new URL('../../../shared/reference/order/graphs.tgz', import.meta.url));

export interface TrainingGraph {
  readonly name: string;
  readonly problem: OperatorProblem;
}

/** Those whose names match; none where the data is not there. */
export function trainingGraphs(only: RegExp): TrainingGraph[] {
  if (!existsSync(GRAPHS)) return [];
  const folder = mkdtempSync(join(tmpdir(), 'stowage-graphs-'));
  try {
    execFileSync('tar', ['xzf', GRAPHS, '-C', folder]);
    const names = readdirSync(folder).filter(name => /^train_.*\.txt$/.test(name) && !name.includes('_soon'));
    return names
      .sort()
      .map(name => ({name: name.slice(0, -'.txt'.length), file: join(folder, name)}))
      .filter(({name}) => only.test(name))
      .map(({name, file}) => ({name, problem: withCosts(readStudyGraph(readFileSync(file, 'utf8')))}));
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/**
 * An operator costs the bytes that it reads and writes. One without outputs updates a weight, and is never repeated; tensors without bytes lead
 * to it from all that read the weight, which it must come after: they are not repeated later.
 */
function withCosts({tensors, operators}: OperatorProblem): OperatorProblem {
  const size = (t: unknown) => tensors[t as number]!.size;
  const writer = new Map(operators.flatMap(({outputs}, v) => outputs.map(t => [t, v] as const)));
  return {
    tensors,
    operators: operators.map(({inputs, outputs}): OperatorInfo => {
      const cost = [...inputs, ...outputs].reduce<number>((bytes, t) => bytes + size(t), 0);
      if (outputs.length > 0) return {inputs, outputs, cost};
      const effects = inputs.filter(t => size(t) === 0 && writer.has(t));
      return {
        inputs: inputs.filter(t => !effects.includes(t)),
        outputs,
        after: effects.map(t => writer.get(t)!),
      };
    }),
  };
}
