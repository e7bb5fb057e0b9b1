/**
 * The explicit stack of a search. A node is one placement to be decided; where a node's remaining buffers fall apart, a
 * split holds the components, which are searched one after the other above it.
 *
 *     nodes    0 ─ 1 ─ 2 ┐         ┌ 3 ─ 4 ┐          ┌ 5 ─ 6      6 is decided next; `base` is 5, since the nodes
 *     splits             └─ first ─┘       └─ second ─┘            from 5 on are of the component that is open
 *
 * A split whose component is solved has no node above it: then `numNodes` is `base`.
 */
import {alloc} from '../memory/arena';
import {newU32, u64At} from '../memory/column';
import {State} from './state';

@unmanaged
export class Node {
  /** Its unplaced buffers are `lists[from … to)`, ranked. */
  from: u32;
  to: u32;
  /** Its sections are `[first, last)`. */
  first: u32;
  last: u32;
  /** The buffer tried last, and where in `lists` it is; the length of the trail before it was placed. */
  candidate: u32;
  candidateAt: u32;
  trailLength: u32;
  /** A section with the most unplaced bytes, and these. */
  heaviestSection: u32;
  heaviest: u64;
}

@unmanaged
export class Split {
  /** The unplaced buffers of all its components are in `lists[from … to)`, which is its node's list. */
  from: u32;
  to: u32;
  /** Its components are `components[firstComponent … lastComponent)`; those before `nextComponent` have been begun. */
  firstComponent: u32;
  nextComponent: u32;
  lastComponent: u32;
  /** `base` of the stack before this split. */
  outerBase: u32;
}

@unmanaged
export class Component {
  /** Its sections are `[first, last)`. */
  first: u32;
  last: u32;
  /** Unplaced bytes of its heaviest section. */
  heaviest: u64;
}

const NODE_BYTES: u32 = 40;
const SPLIT_BYTES: u32 = 24;
const COMPONENT_BYTES: u32 = 16;

@unmanaged
export class Stack {
  nodes: usize;
  numNodes: u32;
  splits: usize;
  numSplits: u32;
  /** Nodes below the top split; 0 where there is none. */
  base: u32;
  /** Components of the splits, one split after the other. */
  components: usize;
  numComponents: u32;
  /** u32 each: the buffers of the nodes, one node after the other. */
  lists: usize;
  listTop: u32;
  listRoom: u32;
}

export function newStack(count: u32, numSections: u32): Stack {
  const stack = changetype<Stack>(alloc(offsetof<Stack>()));
  // every node but the top one has placed a buffer, and every split is above a node of its own
  stack.nodes = alloc((<u64>count + 2) * NODE_BYTES);
  stack.splits = alloc((<u64>count + 2) * SPLIT_BYTES);
  stack.components = alloc((<u64>count + numSections + 4) * COMPONENT_BYTES);
  stack.listRoom = 8 * count + 64;
  stack.lists = newU32(stack.listRoom);
  return stack;
}

export function clearStack(stack: Stack): void {
  stack.numNodes = 0;
  stack.numSplits = 0;
  stack.base = 0;
  stack.numComponents = 0;
  stack.listTop = 0;
}

export function topNode(stack: Stack): Node {
  return changetype<Node>(stack.nodes + <usize>(stack.numNodes - 1) * NODE_BYTES);
}

/** A node for the buffers `lists[from … to)` and the sections `[first, last)`. Its heaviest section is not set yet. */
export function pushNode(stack: Stack, from: u32, to: u32, first: u32, last: u32): Node {
  stack.numNodes++;
  const node = topNode(stack);
  node.from = from;
  node.to = to;
  node.first = first;
  node.last = last;
  return node;
}

export function findHeaviest(state: State, node: Node): void {
  node.heaviest = 0;
  node.heaviestSection = node.first;
  for (let section = node.first; section < node.last; section++) {
    if (u64At(state.unplacedBytes, section) <= node.heaviest) continue;
    node.heaviest = u64At(state.unplacedBytes, section);
    node.heaviestSection = section;
  }
}

/** The open component is solved: its nodes are dropped. */
export function succeed(stack: Stack): void {
  stack.numNodes = stack.base;
}

/** A split of the top node into the components from `firstComponent` on. */
export function pushSplit(stack: Stack, firstComponent: u32): void {
  const node = topNode(stack);
  stack.numSplits++;
  const split = topSplit(stack);
  split.from = node.from;
  split.to = node.to;
  split.firstComponent = firstComponent;
  split.nextComponent = firstComponent;
  split.lastComponent = stack.numComponents;
  split.outerBase = stack.base;
  stack.base = stack.numNodes;
}

export function topSplit(stack: Stack): Split {
  return changetype<Split>(stack.splits + <usize>(stack.numSplits - 1) * SPLIT_BYTES);
}

/** Drops the top split and its components; its node is on top then. */
export function popSplit(stack: Stack): void {
  const split = topSplit(stack);
  stack.numComponents = split.firstComponent;
  stack.base = split.outerBase;
  stack.numSplits--;
}

export function componentAt(stack: Stack, index: u32): Component {
  return changetype<Component>(stack.components + <usize>index * COMPONENT_BYTES);
}

/** Makes room for `more` buffers above `listTop`. */
export function reserveList(stack: Stack, more: u32): void {
  if (stack.listTop + more <= stack.listRoom) return;
  const room = max<u32>(stack.listRoom * 2, stack.listTop + more);
  const lists = newU32(room);
  memory.copy(lists, stack.lists, (<usize>stack.listTop) << 2);
  stack.lists = lists;
  stack.listRoom = room;
}
