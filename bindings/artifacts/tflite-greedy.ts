/**
 * Simulates TensorFlow Lite Micro's own planner, `GreedyMemoryPlanner` of https://github.com/tensorflow/tflite-micro, on
 * a model with or without a plan inside; reimplemented from its rules.
 *
 * Tensors with a planned offset are placed first. Then the largest first, the last of equals first; each at the lowest
 * offset where it overlaps no tensor that is live at the same time. Sizes are rounded up to 16 bytes. A tensor that nothing uses
 * counts as live before the first operator.
 */
import {isPlanned} from '../trace/importers/tflite/tflite.ts';
import {TENSOR_ALIGNMENT, type TfliteModelFile, UNPLANNED} from './tflite-file.ts';

interface Request {
  /** Bytes, rounded up. */
  readonly size: number;
  /** Ticks, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** Bytes; `UNPLANNED` where the planner chooses. */
  readonly offset: number;
}

/**
 * Bytes of the arena's head that the runtime's planner takes for the model's tensors and the scratch that is known.
 * `offsets`: the plan inside the model, by tensor; absent if the model has no plan.
 */
export function runtimeArenaBytes(file: TfliteModelFile, offsets?: Int32Array): number {
  const requests = requestsOf(file, offsets);
  const placed: Request[] = requests
    .filter(({offset}) => offset !== UNPLANNED)
    .sort((a, b) => a.offset - b.offset);
  // a stable sort of the reversed list: among equals the last comes first
  const others = requests
    .filter(({offset}) => offset === UNPLANNED)
    .reverse()
    .sort((a, b) => b.size - a.size);
  for (const request of others) {
    const offset = lowestOffset(placed, request);
    const behind = placed.findIndex(other => other.offset > offset);
    placed.splice(behind < 0 ? placed.length : behind, 0, {...request, offset});
  }
  return placed.reduce((most, {offset, size}) => Math.max(most, offset + size), 0);
}

/** In the order in which the runtime asks for them. */
function requestsOf({opened: {model, liveness}, scratch}: TfliteModelFile, offsets?: Int32Array): Request[] {
  const lives = new Map(liveness.lives.map(life => [`${life.subgraph} ${life.tensor}`, life]));
  let number = 0;
  const tensors = model.subgraphs.flatMap(({tensors}, subgraph) =>
    tensors.flatMap((tensor, index) => {
      const offset = offsets?.[number++] ?? UNPLANNED;
      if (!isPlanned(tensor) || tensor.bytes === 0) return [];
      const {first = -1, last = -1} = lives.get(`${subgraph} ${index}`) ?? {};
      return [{size: rounded(tensor.bytes!), first, last, offset}];
    }),
  );
  const asked = scratch.map(({size, start, end}) => ({
    size: rounded(size),
    first: start,
    last: end - 1,
    offset: UNPLANNED,
  }));
  return [...tensors, ...asked];
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
}

/** `placed` in order of offset. */
function lowestOffset(placed: readonly Request[], {size, first, last}: Request): number {
  let offset = 0;
  for (const other of placed) {
    if (other.first > last || first > other.last) continue;
    if (other.offset - offset >= size) return offset;
    offset = Math.max(offset, other.offset + other.size);
  }
  return offset;
}
