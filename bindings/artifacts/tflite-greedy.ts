/**
 * What TensorFlow Lite Micro's own planner makes of a model without a plan inside, to compare with:
 * `GreedyMemoryPlanner` of https://github.com/tensorflow/tflite-micro, written anew from its rules.
 *
 * The largest tensors first, of equal ones the last; each at the lowest offset at which nothing lies that lives at the
 * same time. Sizes are rounded up to 16 bytes. A tensor that nothing uses counts as live before the first operator.
 */
import {isPlanned} from '../trace/importers/tflite.ts';
import {TENSOR_ALIGNMENT, type TfliteModelFile} from './tflite-plan.ts';

interface Tensor {
  /** Bytes, rounded up. */
  readonly size: number;
  /** Ticks, both of them lived in. */
  readonly first: number;
  readonly last: number;
}

interface Placed extends Tensor {
  readonly offset: number;
}

/** Bytes of the arena's head that the runtime's planner takes for the model's tensors. */
export function runtimeArenaBytes(file: TfliteModelFile): number {
  // stable, and turned round before: of equal ones the last comes first
  const order = tensorsOf(file)
    .reverse()
    .sort((a, b) => b.size - a.size);
  const placed: Placed[] = [];
  for (const tensor of order) {
    const offset = lowestOffset(placed, tensor);
    const behind = placed.findIndex(other => other.offset > offset);
    placed.splice(behind < 0 ? placed.length : behind, 0, {...tensor, offset});
  }
  return placed.reduce((most, {offset, size}) => Math.max(most, offset + size), 0);
}

/** In the order in which the runtime asks for them. */
function tensorsOf({opened: {model, liveness}}: TfliteModelFile): Tensor[] {
  const lives = new Map(liveness.lives.map(life => [`${life.subgraph} ${life.tensor}`, life]));
  return model.subgraphs.flatMap(({tensors}, subgraph) =>
    tensors.flatMap((tensor, index) => {
      if (!isPlanned(tensor) || tensor.bytes === 0) return [];
      const {first = -1, last = -1} = lives.get(`${subgraph} ${index}`) ?? {};
      return [{size: Math.ceil(tensor.bytes! / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT, first, last}];
    }),
  );
}

/** `placed` in order of offset. */
function lowestOffset(placed: readonly Placed[], {size, first, last}: Tensor): number {
  let offset = 0;
  for (const other of placed) {
    if (other.first > last || first > other.last) continue;
    if (other.offset - offset >= size) return offset;
    offset = Math.max(offset, other.offset + other.size);
  }
  return offset;
}
