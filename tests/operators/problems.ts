/** Seeded random problems of operators, and the reader of graphs as the study writes them. */
import type {OperatorInfo, OperatorProblem, TensorInfo} from '../../bindings/model/operators.ts';
import type {Random} from '../random.ts';

export interface Shape {
  readonly least: number;
  readonly most: number;
  readonly inPlace?: boolean;
  readonly views?: boolean;
  readonly after?: boolean;
}

/** Operators `least … most`; zero sizes, outputs that nobody reads, several outputs; in-place pairs, views and `after` where asked for. */
export function randomOperators(random: Random, shape: Shape): OperatorProblem {
  const count = shape.least + random(shape.most - shape.least + 1);
  const tensors: Record<string, unknown>[] = [];
  const operators: OperatorInfo[] = [];
  const tensor = (size: number, output: boolean) => tensors.push({size, output}) - 1;
  const size = () => (random(8) === 0 ? 0 : 1 + random(30));
  for (let i = 0; i < 1 + random(3); i++) tensor(size(), random(10) === 0);
  for (let v = 0; v < count; v++) {
    const there = tensors.length;
    const inputs = Array.from({length: random(4)}, () => there - 1 - Math.min(random(there), random(there)));
    const outputs: number[] = [];
    if (shape.views && inputs.length > 0 && random(5) === 0) {
      const of = inputs[0]!;
      outputs.push(tensors.push({size: tensors[of]!.size, viewOf: of, output: random(10) === 0}) - 1);
    } else {
      for (let k = 0; k < [1, 1, 1, 1, 2, 2, 0][random(7)]!; k++)
        outputs.push(tensor(size(), random(8) === 0));
    }
    const isView = outputs.length > 0 && tensors[outputs[0]!]!.viewOf !== undefined;
    const inPlace =
      shape.inPlace && outputs.length > 0 && !isView ? inputs.filter(() => random(2) === 0) : [];
    const after = shape.after && v > 0 && random(4) === 0 ? [random(v)] : [];
    operators.push({
      inputs,
      outputs,
      ...(inPlace.length > 0 ? {inPlace} : {}),
      ...(after.length > 0 ? {after} : {}),
    });
  }
  return {tensors: tensors as unknown as TensorInfo[], operators};
}

/** A graph of the study: `N T`, T lines `size isOutput`, N lines of inputs, outputs and in-place pairs, each with its length in front. */
export function readStudyGraph(text: string, useInPlace = false): OperatorProblem {
  const numbers = text
    .split(/\s+/)
    .filter(word => word !== '')
    .map(Number);
  let at = 0;
  const next = () => numbers[at++]!;
  const list = () => Array.from({length: next()}, next);
  const count = next();
  const tensors = Array.from({length: next()}, () => ({size: next(), output: next() !== 0}));
  const operators = Array.from({length: count}, () => {
    const inputs = list();
    const outputs = list();
    const inPlace = list();
    return {inputs, outputs, ...(useInPlace && outputs.length > 0 ? {inPlace} : {})};
  });
  return {tensors, operators};
}

/** A stem, two to four branches of which most are alike, and an operator that joins them; up to `most` operators. */
export function branchy(random: Random, most: number): OperatorProblem {
  const tensors: {size: number; output?: boolean}[] = [{size: 1 + random(8)}];
  const operators: OperatorInfo[] = [];
  const run = (inputs: number[], size: number, extra: object = {}) => {
    const output = tensors.push({size}) - 1;
    operators.push({inputs, outputs: [output], ...extra});
    return output;
  };
  const branches = 2 + random(3);
  const length = Math.max(1, Math.floor((most - 2) / branches));
  const sizes = Array.from({length}, () => random(20));
  const isDiamond = length > 2 && random(2) === 0;
  const hasSkip = random(3) === 0;
  const inPlace = random(3) === 0;
  const stem = run([0], 1 + random(8));
  const ends: number[] = [];
  for (let b = 0; b < branches; b++) {
    const own = random(6) === 0 ? sizes.map(() => random(20)) : sizes;
    const made: number[] = [];
    let at = stem;
    own.forEach((size, k) => {
      const isSide = isDiamond && k === 1 && own.length > 2;
      const from = isDiamond && k === 2 ? [made[0]!, made[1]!] : [isSide ? made[0]! : at];
      const inputs = hasSkip && k === own.length - 1 ? [...from, stem] : from;
      at = run(inputs, size, inPlace && k === own.length - 1 ? {inPlace: [inputs[0]!]} : {});
      made.push(at);
    });
    ends.push(at);
  }
  const joined = run(ends, 1 + random(8));
  tensors[joined]!.output = true;
  return {tensors, operators};
}
