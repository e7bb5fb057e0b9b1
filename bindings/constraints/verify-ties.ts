/** Ties between buffers for the verifier: shares no code with `ties.ts`. */
import type {Constraints} from '../model/constraints.ts';
import type {Bytes} from '../model/numbers.ts';
import type {ViolationKind} from '../model/plan.ts';

/** Buffer `b` begins `distance` bytes after `a`; `kind` where it does not. */
export interface Tie {
  readonly kind: ViolationKind;
  readonly a: number;
  readonly b: number;
  readonly distance: Bytes;
}

export interface Place {
  readonly offset: Bytes;
  readonly arena: number;
}

export function tiesOf(
  {share = [], views = [], adjacent = []}: Constraints,
  size: ArrayLike<Bytes>,
  alignmentOf: (buffer: number) => Bytes,
): readonly Tie[] {
  const ties: Tie[] = [];
  for (const [first, ...others] of share)
    for (const other of others) ties.push({kind: 'not-shared', a: first!, b: other, distance: 0});
  for (const {buffer, of, offset} of views)
    ties.push({kind: 'not-in-view', a: of, b: buffer, distance: offset});
  for (const group of adjacent) {
    // as a C compiler lays out a struct: each member at the next multiple of its alignment
    let at = 0;
    for (let m = 1; m < group.length; m++) {
      at += size[group[m - 1]!]!;
      const own = alignmentOf(group[m]!);
      if (at % own !== 0) at += own - (at % own);
      ties.push({kind: 'not-adjacent', a: group[0]!, b: group[m]!, distance: at});
    }
  }
  return ties;
}

/**
 * Places of buffers that hold nothing, by their ties to others: ties hold by way of them. `placeOf`: undefined for a buffer that
 * holds nothing.
 */
export function impliedPlaces(
  ties: readonly Tie[],
  placeOf: (buffer: number) => Place | undefined,
): ReadonlyMap<number, Place> {
  const tiesOfDead = new Map<number, Tie[]>();
  for (const tie of ties) {
    for (const i of [tie.a, tie.b]) {
      if (placeOf(i) !== undefined) continue;
      const own = tiesOfDead.get(i);
      if (own === undefined) tiesOfDead.set(i, [tie]);
      else own.push(tie);
    }
  }
  const places = new Map<number, Place>();
  const reached: number[] = [];
  const placeBy = (dead: number, {a, distance}: Tie, {offset, arena}: Place) => {
    if (places.has(dead)) return;
    places.set(dead, {offset: offset + (a === dead ? -distance : distance), arena});
    reached.push(dead);
  };
  for (const [dead, own] of tiesOfDead) {
    for (const tie of own) {
      const place = placeOf(tie.a === dead ? tie.b : tie.a);
      if (place !== undefined) placeBy(dead, tie, place);
    }
  }
  for (const dead of reached) {
    for (const tie of tiesOfDead.get(dead)!) {
      const other = tie.a === dead ? tie.b : tie.a;
      if (tiesOfDead.has(other)) placeBy(other, tie, places.get(dead)!);
    }
  }
  return places;
}

/** Per buffer: one of all that it is linked with, by way of others too. */
export function groupsBy(count: number, groups: readonly (readonly number[])[]): readonly number[] {
  const groupsOf = new Map<number, number[]>();
  groups.forEach((group, g) => {
    for (const i of group) {
      const own = groupsOf.get(i);
      if (own === undefined) groupsOf.set(i, [g]);
      else own.push(g);
    }
  });
  const first = Array.from({length: count}, (_, i) => i);
  const isSeen = new Uint8Array(groups.length);
  const reached: number[] = [];
  groups.forEach((group, begin) => {
    if (isSeen[begin]) return;
    isSeen[begin] = 1;
    reached.push(begin);
    for (let g = reached.pop(); g !== undefined; g = reached.pop()) {
      for (const i of groups[g]!) {
        first[i] = group[0]!;
        for (const other of groupsOf.get(i)!) {
          if (isSeen[other]) continue;
          isSeen[other] = 1;
          reached.push(other);
        }
      }
    }
  });
  return first;
}
