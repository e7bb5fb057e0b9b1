/** The calls of a file as a flame graph, and walks through its tree. */
import {amountOf, flamesPicture, nameOfNode, nodeOfBox} from '../../../bindings/pictures/index.ts';
import {
  type CallSums,
  type CallTree,
  heaviestChildren,
  knownMeasures,
  type Measure,
  nodesInOrder,
  wayTo,
} from '../../../bindings/trace.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import type {SumsChoice} from '../../document/calls.ts';
import type {OpenFile} from '../../document/open-file.ts';

export interface FlamesRequest extends SumsChoice {
  /** The call on top; 0 for all of them. */
  readonly root: number;
  /** A text that names of calls must contain, in any case; `''` for no search. */
  readonly search: string;
}

export interface FlamesInfo {
  readonly face: Face;
  /** The calls from the root of the tree to the one on top. */
  readonly way: readonly NodeName[];
  readonly measures: readonly Measure[];
  /** Levels of the picture. */
  readonly levels: number;
  /** What the search found, in words; undefined without a search. */
  readonly found: string | undefined;
}

export interface NodeName {
  readonly node: number;
  readonly name: string;
}

export interface NodeInfo extends NodeName {
  /** Its sum and its share, in words. */
  readonly words: string;
  /** The calls above it, the outermost first. */
  readonly way: readonly NodeName[];
}

export interface Match extends NodeInfo {
  /** The call to have on top, so that the match is seen. */
  readonly root: number;
}

export type Direction = 'up' | 'down' | 'next' | 'previous';

/** Levels below the top at which a match is still looked for. */
const MOST_BELOW = 40;
/** The narrowest box of its own, as a part of the root: about half a pixel, for zooming. */
const LEAST_SHARE = 1 / 2000;

export class FlamesHandler {
  readonly #file: OpenFile;
  readonly #board: Board;
  #search: {readonly tree: CallTree; readonly text: string; readonly found: Uint8Array} | undefined;

  constructor(file: OpenFile, board: Board) {
    this.#file = file;
    this.#board = board;
  }

  face(request: FlamesRequest): FlamesInfo {
    const {calls} = this.#file;
    const tree = calls.tree(request);
    const root = request.root < tree.count ? request.root : 0;
    const sums = calls.sums(request);
    const found = this.#found(tree, request.search);
    const picture = flamesPicture({
      tree,
      sums,
      root,
      items: calls.items,
      isReversed: request.isReversed,
      leastShare: LEAST_SHARE,
      colours: calls.colours(request),
      ...(found ? {found} : {}),
    });
    return {
      face: this.#board.set('flames', picture),
      way: namesOf(tree, wayTo(tree, root)),
      measures: knownMeasures(calls.items),
      levels: picture.y.domain[1],
      found: found && describeFound(tree, sums, found),
    };
  }

  node(request: SumsChoice, node: number): NodeInfo | undefined {
    const tree = this.#file.calls.tree(request);
    return node < tree.count ? this.#infoOf(request, node) : undefined;
  }

  /** The call that a box stands for, by the item of the picture. */
  box(request: SumsChoice, item: number): NodeInfo {
    return this.#infoOf(request, nodeOfBox(this.#file.calls.tree(request), item));
  }

  /** A row of the picture's table. */
  row(request: FlamesRequest, row: number): NodeInfo | undefined {
    const {calls} = this.#file;
    const nodes = nodesInOrder(calls.tree(request), calls.sums(request), request.root);
    return row < nodes.length ? this.#infoOf(request, nodes[row]!) : undefined;
  }

  /** The call of an item: its own, with all above it. */
  ofItem(request: SumsChoice, item: number): NodeInfo | undefined {
    const node = this.#file.calls.nodeOf(request, item);
    return node === undefined ? undefined : this.#infoOf(request, node);
  }

  /** The next call in a direction: its caller, its heaviest callee, or one beside it. */
  step(request: SumsChoice, node: number, direction: Direction): NodeInfo | undefined {
    const {calls} = this.#file;
    const tree = calls.tree(request);
    const sums = calls.sums(request);
    if (node >= tree.count) return undefined;
    const above = tree.parent[node]!;
    if (direction === 'up') return node === 0 ? undefined : this.#infoOf(request, above);
    const children = heaviestChildren(tree, sums, direction === 'down' ? node : above);
    const at = direction === 'down' || node === 0 ? -1 : children.indexOf(node);
    const step = direction === 'previous' ? -1 : 1;
    const next = node === 0 && direction !== 'down' ? undefined : children[at + step];
    return next === undefined ? undefined : this.#infoOf(request, next);
  }

  /** The next call that a search found, after a call in the order of the tree; from the other end where there is no more. */
  match(request: FlamesRequest, after: number | undefined, step: 1 | -1): Match | undefined {
    const {calls} = this.#file;
    const tree = calls.tree(request);
    const sums = calls.sums(request);
    const found = this.#found(tree, request.search);
    if (!found) return undefined;
    const matches = [...nodesInOrder(tree, sums)].filter(node => found[node] === 1);
    const at = after === undefined ? -1 : matches.indexOf(after);
    const next =
      at < 0 ? (step === 1 ? 0 : matches.length - 1) : (at + step + matches.length) % matches.length;
    const node = matches[next];
    if (node === undefined) return undefined;
    return {...this.#infoOf(request, node), root: seenFrom(tree, sums.values, request.root, node)};
  }

  #infoOf(request: SumsChoice, node: number): NodeInfo {
    const {calls} = this.#file;
    const tree = calls.tree(request);
    const sums = calls.sums(request);
    const share = (of: number): string =>
      `${((100 * sums.values[node]!) / Math.max(1, sums.values[of]!)).toFixed(1)} %`;
    const above = tree.parent[node]!;
    const ofCaller = above === 0 ? '' : `, ${share(above)} of ${nameOfNode(tree, above)}`;
    const words = node === 0 ? '' : `, ${share(0)} of all${ofCaller}`;
    const way = wayTo(tree, node);
    return {
      node,
      name: nameOfNode(tree, node),
      words: `${amountOf(sums, calls.items, node)}${words}`,
      way: namesOf(tree, way),
    };
  }

  /** Per node: 1 where its call has the text in its name; undefined without a text. */
  #found(tree: CallTree, search: string): Uint8Array | undefined {
    const text = search.trim().toLowerCase();
    if (text === '') return undefined;
    if (this.#search?.tree !== tree || this.#search.text !== text) {
      const matches = tree.calls.map(({kind, name}) => kind !== 'all' && name.toLowerCase().includes(text));
      const found = Uint8Array.from(tree.call, call => (matches[call] ? 1 : 0));
      this.#search = {tree, text, found};
    }
    return this.#search.found;
  }
}

/** The root if a call is seen from it; else the uppermost call from which it is. */
function seenFrom({parent, end}: CallTree, values: Float64Array, root: number, node: number): number {
  let top = node;
  for (let level = 0; top !== 0 && level < MOST_BELOW; level++) {
    if (values[node]! < LEAST_SHARE * values[parent[top]!]!) break;
    top = parent[top]!;
  }
  return root >= top && root <= node && node < end[root]! ? root : top;
}

function namesOf(tree: CallTree, nodes: readonly number[]): NodeName[] {
  return nodes.map(node => ({node, name: nameOfNode(tree, node)}));
}

/** A call below another one that was found counts once. */
function describeFound(tree: CallTree, {values, blocks}: CallSums, found: Uint8Array): string {
  let [count, sum] = [0, 0];
  for (let node = 1, outer = 0; node < tree.count; node++) {
    if (found[node] === 0 || blocks[node] === 0) continue;
    count++;
    if (node < outer) continue;
    sum += values[node]!;
    outer = tree.end[node]!;
  }
  const share = (100 * sum) / Math.max(1, values[0]!);
  return count === 0
    ? 'no call found'
    : `${count.toLocaleString('en-US')} found, ${share.toFixed(1)} % of all`;
}
