/**
 * When the tensors of a TensorFlow Lite model live, as TensorFlow Lite Micro counts it (`MarkAllocationLifetimes` in
 * tensorflow/lite/micro/micro_allocation_info.cc of https://github.com/tensorflow/tflite-micro):
 *
 * - Each operator is one tick more. Inputs of a subgraph are live from before its first operator, outputs to the end of
 *   its last; the inputs and outputs of an operator are live together.
 * - IF, WHILE and CALL_ONCE run their subgraphs, one after the other, each in ticks of its own: their inputs and outputs
 *   live through all of it, and the subgraphs have tensors of their own.
 * - A tensor that several calls of its subgraph use lives from the first to the last.
 */
import type {TfliteModel, TfliteSubgraph} from './model.ts';

/** A tensor's ticks, `[first, last]`. */
export interface TensorLife {
  readonly subgraph: number;
  readonly tensor: number;
  first: number;
  last: number;
  /** The operator that writes it, `''` of an input. */
  operator: string;
}

/** An operator's ticks, `[first, last]`: all of the subgraphs that it runs, too. */
export interface OperatorSpan {
  first: number;
  last: number;
}

const MOST_TICKS = 1_000_000;
const MOST_DEPTH = 64;
/** A subgraph that is called often uses its tensors as often. */
const MOST_USES = 50_000_000;

export class TfliteLiveness {
  /** In order of their first tick. */
  readonly lives: TensorLife[] = [];
  /** By subgraph, then by operator; undefined of one that never runs. */
  readonly spans: readonly (OperatorSpan | undefined)[][];
  /** The last tick. */
  tick = 0;
  readonly #model: TfliteModel;
  readonly #byTensor: Map<number, TensorLife>[];
  readonly #running = new Set<number>();
  #uses = 0;

  /** @throws {Error} for a subgraph that calls itself, and indices of nothing. */
  constructor(model: TfliteModel) {
    this.#model = model;
    this.#byTensor = model.subgraphs.map(() => new Map());
    this.spans = model.subgraphs.map(({operators}) => operators.map(() => undefined));
    if (model.subgraphs.length === 0) throw new Error('the model has no subgraph');
    this.#run(0);
  }

  #run(index: number): void {
    const subgraph = this.#model.subgraphs[index];
    if (!subgraph) throw new Error(`an operator calls the subgraph ${index}, of ${this.#byTensor.length}`);
    if (this.#running.has(index)) throw new Error(`the subgraph ${index} calls itself`);
    if (this.#running.size >= MOST_DEPTH)
      throw new Error(`calls of subgraphs nest deeper than ${MOST_DEPTH}`);
    this.#running.add(index);
    for (const tensor of subgraph.inputs) this.#use(index, subgraph, tensor, '');
    for (const [number, operator] of subgraph.operators.entries()) {
      this.#next();
      const span = this.spans[index]![number] ?? {first: this.tick, last: this.tick};
      this.spans[index]![number] = span;
      for (const tensor of operator.outputs) this.#use(index, subgraph, tensor, operator.name);
      // the inputs must not end before the subgraphs do
      for (const called of operator.subgraphs) {
        this.#next();
        this.#run(called);
      }
      for (const tensor of operator.inputs) this.#use(index, subgraph, tensor, '');
      for (const tensor of operator.outputs) this.#use(index, subgraph, tensor, operator.name);
      span.last = this.tick;
    }
    for (const tensor of subgraph.outputs) this.#use(index, subgraph, tensor, '');
    this.#running.delete(index);
  }

  #next(): void {
    if (++this.tick > MOST_TICKS) throw new Error(`more than ${MOST_TICKS} operators run`);
  }

  #use(index: number, subgraph: TfliteSubgraph, tensor: number, operator: string): void {
    if (++this.#uses > MOST_USES) throw new Error(`operators use tensors more than ${MOST_USES} times`);
    if (tensor === -1) return;
    const found = this.#byTensor[index]!.get(tensor);
    if (found) {
      found.last = this.tick;
      found.operator ||= operator;
      return;
    }
    if (!subgraph.tensors[tensor])
      throw new Error(`the subgraph ${index} uses a tensor ${tensor} that it does not have`);
    const life = {subgraph: index, tensor, first: this.tick, last: this.tick, operator};
    this.#byTensor[index]!.set(tensor, life);
    this.lives.push(life);
  }
}
