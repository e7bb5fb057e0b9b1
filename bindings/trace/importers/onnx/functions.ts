/**
 * Calls of a model's own functions, replaced by the nodes of these. Names of a function are its own: each call gives them
 * a prefix. A function may call others, and not itself.
 */
import {ImportError} from '../../../model/errors.ts';
import {cut} from '../../../model/shown.ts';
import type {Attribute, OnnxFunction, OnnxGraph, OnnxNode} from './model.ts';

const MOST_NODES = 1_000_000;
const MOST_DEPTH = 64;
/** Names that calls make: inputs and outputs of operators, and characters of them all. */
const MOST_NAMES = 1 << 24;
const MOST_CHARACTERS = 1 << 28;

export interface InlinedGraph extends OnnxGraph {
  /** Calls that were replaced. */
  readonly calls: number;
}

/** @throws {ImportError} for functions that call themselves, and too many nodes. */
export function inlined(graph: OnnxGraph & {readonly functions: readonly OnnxFunction[]}): InlinedGraph {
  const {nodes, inputs, outputs, types, weights, functions} = graph;
  if (functions.length === 0) return {nodes, inputs, outputs, types, weights, calls: 0};
  const inliner = new Inliner(functions);
  for (const node of nodes) inliner.add(node, []);
  return {nodes: inliner.nodes, inputs, outputs, types, weights, calls: inliner.calls};
}

class Inliner {
  readonly nodes: OnnxNode[] = [];
  calls = 0;
  #names = 0;
  #characters = 0;
  readonly #functions: ReadonlyMap<string, OnnxFunction>;

  constructor(functions: readonly OnnxFunction[]) {
    this.#functions = new Map(functions.map(one => [keyOf(one), one]));
  }

  /** `callers`: functions that are being inlined, the outermost first. */
  add(node: OnnxNode, callers: readonly string[]): void {
    const called = this.#functions.get(keyOf(node));
    if (!called) {
      if (this.nodes.length >= MOST_NODES)
        throw failure(`calls of functions make more than ${MOST_NODES} operators`);
      this.nodes.push(node);
      return;
    }
    const name = called.domain === '' ? called.operator : `${called.domain}.${called.operator}`;
    if (callers.includes(name))
      throw failure(
        `the function ${cut(name)} calls itself: ${[...callers, name].map(one => cut(one)).join(' → ')}`,
      );
    if (callers.length >= MOST_DEPTH) throw failure(`calls of functions nest deeper than ${MOST_DEPTH}`);
    if (++this.calls > MOST_NODES) throw failure(`more than ${MOST_NODES} calls of functions`);
    const prefix = `${node.name || called.operator}/${this.calls}/`;
    this.#countNames(called, prefix);
    for (const inner of bodyOf(node, called, prefix)) this.add(inner, [...callers, name]);
  }

  /** Bodies are made before their nodes are added, so they are counted before. */
  #countNames({nodes}: OnnxFunction, prefix: string): void {
    for (const {name, inputs, outputs} of nodes) {
      this.#names += 1 + inputs.length + outputs.length;
      this.#characters += (1 + inputs.length + outputs.length) * prefix.length + name.length;
      for (const own of inputs) this.#characters += own.length;
      for (const own of outputs) this.#characters += own.length;
    }
    if (this.#names > MOST_NAMES || this.#characters > MOST_CHARACTERS)
      throw failure(`calls of functions make more than ${MOST_NAMES} names, or too long ones`);
  }
}

/** The nodes of a function for one call of it. */
function bodyOf(
  call: OnnxNode,
  {inputs, outputs, nodes, defaults}: OnnxFunction,
  prefix: string,
): OnnxNode[] {
  const names = new Map(inputs.map((name, k) => [name, call.inputs[k] ?? '']));
  const copies: OnnxNode[] = [];
  for (const [k, name] of outputs.entries()) {
    const outer = call.outputs[k] ?? '';
    if (outer === '') continue;
    if (names.has(name)) copies.push(identity(names.get(name)!, outer));
    else names.set(name, outer);
  }
  const named = (name: string): string => (name === '' ? '' : (names.get(name) ?? prefix + name));
  const body = nodes.map(
    (node): OnnxNode => ({
      ...node,
      name: prefix + node.name,
      inputs: node.inputs.map(named),
      outputs: node.outputs.map(named),
      attributes: resolved(node.attributes, call.attributes, defaults),
    }),
  );
  return [...body, ...copies];
}

function identity(input: string, output: string): OnnxNode {
  return {
    operator: 'Identity',
    domain: '',
    overload: '',
    name: output,
    inputs: [input],
    outputs: [output],
    attributes: new Map(),
    hasSubgraph: false,
  };
}

/** References to attributes of the call, replaced by their values; without one the attribute is absent. */
function resolved(
  attributes: ReadonlyMap<string, Attribute>,
  given: ReadonlyMap<string, Attribute>,
  defaults: ReadonlyMap<string, Attribute>,
): ReadonlyMap<string, Attribute> {
  const pairs = [...attributes].flatMap(([name, attribute]): [string, Attribute][] => {
    const {reference} = attribute;
    const value = reference === undefined ? attribute : (given.get(reference) ?? defaults.get(reference));
    return value ? [[name, value]] : [];
  });
  return new Map(pairs);
}

function keyOf({domain, operator, overload}: Pick<OnnxNode, 'domain' | 'operator' | 'overload'>): string {
  return JSON.stringify([domain === 'ai.onnx' ? '' : domain, operator, overload]);
}

function failure(message: string): ImportError {
  return new ImportError(message, {format: 'onnx'});
}
