/**
 * What remains after a placement. Where no unplaced hull crosses from one section into the next, the two sides share
 * no buffer: they are components, each searched by itself, the heaviest first, since it is the likeliest to fail.
 */
import {setU32, u32At, u64At} from '../memory/column';
import {Ranking, rankUnplaced} from './ranking';
import {
  Component,
  componentAt,
  findHeaviest,
  Node,
  popSplit,
  pushNode,
  pushSplit,
  reserveList,
  Stack,
  succeed,
  topSplit,
} from './stack';
import {COMPONENTS, State} from './state';

/** Continues after the top node's candidate: one node, a split, or nothing where its component is solved. */
export function descend(state: State, stack: Stack, node: Node): void {
  const mayFallApart = state.isCut && (state.rules & COMPONENTS) != 0;
  if (!mayFallApart && node.to - node.from > 1) {
    pushRest(state, stack, node, node.first, node.last);
    return;
  }
  const from = stack.numComponents;
  addComponents(state, stack, node);
  const count = stack.numComponents - from;
  if (count == 1) {
    const component = componentAt(stack, from);
    stack.numComponents = from;
    pushRest(state, stack, node, component.first, component.last);
  } else if (count == 0) succeed(stack);
  else {
    sortComponents(stack, from);
    pushSplit(stack, from);
  }
}

/** The node's list without the candidate, over the sections `[first, last)`. */
function pushRest(state: State, stack: Stack, node: Node, first: u32, last: u32): void {
  const from = stack.listTop;
  reserveList(stack, node.to - node.from);
  const before = (<usize>(node.candidateAt - node.from)) << 2;
  const after = (<usize>(node.to - node.candidateAt - 1)) << 2;
  const list = stack.lists + ((<usize>from) << 2);
  memory.copy(list, stack.lists + ((<usize>node.from) << 2), before);
  memory.copy(list + before, stack.lists + ((<usize>node.candidateAt + 1) << 2), after);
  stack.listTop = from + node.to - node.from - 1;
  const rest = pushNode(stack, from, stack.listTop, first, last);
  rest.heaviest = node.heaviest;
  rest.heaviestSection = node.heaviestSection;
  const isInside = node.heaviestSection >= first && node.heaviestSection < last;
  if (!isInside || u64At(state.unplacedBytes, node.heaviestSection) != node.heaviest)
    findHeaviest(state, rest);
}

/** Cuts the node's sections wherever nothing crosses. */
function addComponents(state: State, stack: Stack, node: Node): void {
  let first = node.first;
  for (let section = node.first; section < node.last; section++) {
    const isCut = (state.rules & COMPONENTS) != 0 && u32At(state.crossing, section) == 0;
    if (!isCut && section + 1 < node.last) continue;
    addComponent(state, stack, first, section + 1);
    first = section + 1;
  }
}

/** A component of the sections `[first, last)`, unless all is placed there. */
function addComponent(state: State, stack: Stack, first: u32, last: u32): void {
  let heaviest: u64 = 0;
  for (let section = first; section < last; section++)
    heaviest = max(heaviest, u64At(state.unplacedBytes, section));
  if (heaviest == 0) return;
  set(componentAt(stack, stack.numComponents++), first, last, heaviest);
}

function set(component: Component, first: u32, last: u32, heaviest: u64): void {
  component.first = first;
  component.last = last;
  component.heaviest = heaviest;
}

/** Heaviest first; equal ones in order of time. */
function sortComponents(stack: Stack, from: u32): void {
  for (let i = from + 1; i < stack.numComponents; i++) {
    const inserted = componentAt(stack, i);
    const first = inserted.first;
    const last = inserted.last;
    const heaviest = inserted.heaviest;
    let j = i;
    for (; j > from; j--) {
      const before = componentAt(stack, j - 1);
      if (before.heaviest >= heaviest) break;
      set(componentAt(stack, j), before.first, before.last, before.heaviest);
    }
    set(componentAt(stack, j), first, last, heaviest);
  }
}

/** Begins the next component of the top split; where all are solved, so is the component that the split is part of. */
export function enterNextComponent(state: State, stack: Stack, ranking: Ranking): void {
  const split = topSplit(stack);
  if (split.nextComponent == split.lastComponent) {
    popSplit(stack);
    succeed(stack);
    return;
  }
  const component = componentAt(stack, split.nextComponent++);
  stack.listTop = split.to; // drops the lists of the components before
  const from = stack.listTop;
  reserveList(stack, split.to - split.from);
  for (let at = split.from; at < split.to; at++) {
    const k = u32At(stack.lists, at);
    if (
      u32At(state.placed, k) == 0 &&
      u32At(state.part.first, k) >= component.first &&
      u32At(state.part.last, k) <= component.last
    ) {
      setU32(stack.lists, stack.listTop++, k);
    }
  }
  rankUnplaced(ranking, state, stack.lists + ((<usize>from) << 2), stack.listTop - from);
  findHeaviest(state, pushNode(stack, from, stack.listTop, component.first, component.last));
}
