/** Facts about a problem that was read as it is: of a model its operators are known, of others names alone. */
import type {BufferFacts} from '../../model/buffer-facts.ts';
import {idOf, type ProblemColumns} from '../../model/problem.ts';
import type {SymbolicColumns} from '../../model/symbolic.ts';

export interface ReadFacts {
  /** Per buffer: the operator that writes it, `''` where none does; for models. */
  readonly operations?: readonly string[] | undefined;
  /** Bytes of constants, which are not in the problem; for models. */
  readonly weightBytes?: number | undefined;
  /** Of a model whose sizes depend on dimensions. */
  readonly symbolic?: Pick<SymbolicColumns, 'dimensions'> | undefined;
  /** Per buffer: its element type. */
  readonly types?: readonly string[] | undefined;
}

/** A model is run forward: what no operator writes is its input, all else are activations. */
export function problemFacts(
  columns: ProblemColumns,
  {operations, weightBytes = 0, symbolic, types}: ReadFacts,
): BufferFacts {
  const isWritten = (buffer: number) => operations![buffer] !== '';
  return {
    category: buffer => (operations ? (isWritten(buffer) ? 'activations' : 'inputs') : 'unknown'),
    phase: () => (operations ? 'forward' : 'unknown'),
    name: buffer => idOf(columns, buffer),
    operation: buffer => operations?.[buffer] ?? '',
    module: () => '',
    frames: () => NO_FRAMES,
    ...(types ? {type: (buffer: number) => types[buffer] ?? ''} : {}),
    phases: [],
    persistent: weightBytes > 0 ? [{category: 'weights', count: 1, bytes: weightBytes}] : [],
    firstMoment: 0,
    dimensions: symbolic?.dimensions.map(({name}) => name) ?? [],
  };
}

const NO_FRAMES: readonly string[] = [];
