/** Seeded random problems with dimensions. */
import type {SymbolicBuffer, SymbolicProblem, Term} from '../../bindings/index.ts';
import type {Random} from '../random.ts';

export interface SymbolicShape {
  readonly buffers: number;
  readonly ticks: number;
  /** Largest coefficient. */
  readonly sizes: number;
  /** Values of each dimension, at most. */
  readonly values: number;
  readonly dimensions: number;
  /** Powers of two up to this; 1 for none. */
  readonly alignment?: number;
}

export function randomSymbolic(random: Random, shape: SymbolicShape): SymbolicProblem {
  const dimensions = Array.from({length: 1 + random(shape.dimensions)}, (_, k) => {
    const multipleOf = 1 + random(3);
    const min = random(4) * multipleOf;
    return {name: `d${k}`, min, max: min + random(shape.values) * multipleOf, multipleOf};
  });
  const termOf = (): Term => {
    const names = Array.from({length: random(3)}, () => {
      const {name, multipleOf} = dimensions[random(dimensions.length)]!;
      return random(3) === 0 ? `${name}/${multipleOf}` : name;
    });
    return [random(shape.sizes), ...names];
  };
  /** What is above the minimum: a term below 0 that others outweigh. */
  const beyondMinimum = (): Term[] => {
    const {name, min} = dimensions[random(dimensions.length)]!;
    const coefficient = 1 + random(shape.sizes);
    return [[coefficient, name], [0 - coefficient * min]];
  };
  const buffers = Array.from({length: shape.buffers}, (): SymbolicBuffer => {
    const start = random(shape.ticks);
    const end = start + random(shape.ticks - start + 1);
    const terms = [
      ...Array.from({length: 1 + random(3)}, termOf),
      ...(random(5) === 0 ? beyondMinimum() : []),
    ];
    const size = random(4) === 0 ? random(shape.sizes) : terms;
    const from = start + 1 + random(3);
    const to = from + 1 + random(3);
    return {
      size,
      start,
      end,
      ...(to < end && random(3) === 0 ? {gaps: [[from, to] as const]} : {}),
      ...(shape.alignment ? {alignment: 2 ** random(Math.log2(shape.alignment) + 1)} : {}),
    };
  });
  return {dimensions, buffers};
}
