/**
 * An ONNX model with its nodes in another order: their bytes change places, all else stays where it is, and so does the length of the file.
 */
import {ImportError, UsageError} from '../model/errors.ts';
import type {ImportOptions} from '../trace/importers/importer.ts';
import type {OnnxNode} from '../trace/importers/onnx/model.ts';
import {openOnnx} from '../trace/importers/onnx/onnx.ts';
import {openSource} from '../trace/source/source.ts';

const GRAPH_OF_MODEL = 7;
const NODE_OF_GRAPH = 1;
const DELIMITED = 2;

/**
 * The model with its operators in the order given: by their numbers among those that run, as the importer counts them. An operator that is
 * folded comes right before the first that needs it.
 * @throws ImportError for a damaged file; UsageError for what is no order, and for a model whose functions were inlined.
 */
export async function onnxWithOrder(
  file: Uint8Array,
  order: ArrayLike<number>,
  options: Pick<ImportOptions, 'dims' | 'runtime'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const {
    reader,
    graph: {calls},
    liveness,
  } = await openOnnx(await openSource({name: 'model', data: file}), options);
  if (calls > 0)
    throw new UsageError(
      `${calls} operators of the model are calls of functions, whose operators run within them: inline them (onnx.inliner) before the order is written`,
    );
  const running = Array.from(order, v => liveness.nodes[v]?.node);
  if (
    order.length !== liveness.nodes.length ||
    new Set(running).size !== order.length ||
    running.includes(undefined)
  )
    throw new UsageError(`order: expected each of the ${liveness.nodes.length} operators that run once`);
  if (running.every((node, v) => node === liveness.nodes[v]!.node)) return Uint8Array.from(file);
  const placed = withFolded(reader.nodes, running as readonly OnnxNode[]);
  const ranges = nodeRanges(file);
  if (ranges.length !== placed.length)
    throw new ImportError(`damaged: ${ranges.length} nodes, where ${placed.length} were read`, {
      format: 'onnx',
    });
  return permuted(file, ranges, placed);
}

/** Nodes of the file by index: those that run in their order, each after the folded ones that it needs; then the rest. */
function withFolded(nodes: readonly OnnxNode[], running: readonly OnnxNode[]): number[] {
  const index = new Map(nodes.map((node, k) => [node, k]));
  const writer = new Map(
    nodes.flatMap((node, k) => node.outputs.filter(name => name !== '').map(name => [name, k] as const)),
  );
  const placed = new Set<number>();
  for (const node of running) {
    const stack = [index.get(node)!];
    while (stack.length > 0) {
      const at = stack[stack.length - 1]!;
      const missing = nodes[at]!.inputs.map(name => writer.get(name)).find(
        k => k !== undefined && k !== at && !placed.has(k),
      );
      if (missing !== undefined) stack.push(missing);
      else placed.add(stack.pop()!);
    }
  }
  nodes.forEach((_, k) => {
    placed.add(k);
  });
  return [...placed];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function permuted(
  file: Uint8Array,
  ranges: readonly Range[],
  placed: readonly number[],
): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(file);
  let at = ranges[0]?.from ?? 0;
  ranges.forEach(({to}, k) => {
    const {from: begin, to: end} = ranges[placed[k]!]!;
    bytes.set(file.subarray(begin, end), at);
    at += end - begin;
    // what is between this slot and the next one
    const gap = file.subarray(to, ranges[k + 1]?.from ?? to);
    bytes.set(gap, at);
    at += gap.length;
  });
  return bytes;
}

/** Where the nodes are in the file, with their tags and lengths. */
function nodeRanges(file: Uint8Array): Range[] {
  const nodes: Range[] = [];
  let graphs = 0;
  for (const outer of fieldsOf(file, 0, file.length)) {
    if (outer.number !== GRAPH_OF_MODEL) continue;
    if (++graphs > 1)
      throw new UsageError(
        'the model has its graph in several pieces, which cannot be put into another order',
      );
    for (const {number, from, to} of fieldsOf(file, outer.content, outer.to)) {
      if (number === NODE_OF_GRAPH) nodes.push({from, to});
    }
  }
  return nodes;
}

interface Field extends Range {
  readonly number: number;
  readonly content: number;
}

function* fieldsOf(file: Uint8Array, from: number, end: number): Generator<Field> {
  let at = from;
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = file[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new ImportError(`damaged at byte ${at}: a number longer than 64 bits`, {format: 'onnx', byte: at});
  };
  while (at < end) {
    const begin = at;
    const tag = varint();
    const type = tag % 8;
    const length = type === DELIMITED ? varint() : type === 1 ? 8 : type === 5 ? 4 : 0;
    const content = at;
    if (type === 0) varint();
    at += length;
    if (at > end)
      throw new ImportError(`damaged at byte ${begin}: a field is longer than what it is in`, {
        format: 'onnx',
        byte: begin,
      });
    yield {number: Math.floor(tag / 8), from: begin, content, to: at};
  }
}
