/**
 * Finds regular expressions that a backtracking engine may need quadratic time for, or more.
 *
 * Time grows faster than the text where a text can be read in many ways: a loop is left for another one at any character
 * of a run, since both take it. In the automaton of positions: there are p and q in loops and a text that leads from p
 * to p, from p to q and from q to q (Weber and Seidl 1991). Exponential: two ways lead from p to p. A match that may
 * begin anywhere has a loop over all characters in front. Loops after which the expression has matched never are
 * taken back, so they do not count.
 */
import {automatonOf, type Position} from './automaton.ts';

/** Why an expression may take long; undefined where its time is linear. */
export function ambiguityOf(source: string, flags: string): string | undefined {
  const positions = automatonOf(source, flags);
  const components = componentsOf(positions);
  const loops = positions.flatMap(({next, isMatch, set}, at) =>
    !isMatch && set !== 0n && next.some(other => components[other] === components[at]) ? [at] : [],
  );
  for (const p of loops) {
    const again = positions[p]!.next.filter(other => components[other] === components[p]);
    if (new Set(again).size < again.length)
      return 'a repetition within a repetition reads a text in many ways';
    for (const q of loops)
      if (p !== q && isShared(positions, components, p, q))
        return p === 0
          ? 'a search that begins anywhere reads a run again from each of its characters'
          : 'two repetitions, one after the other, take the same characters';
  }
  return undefined;
}

/** Whether a text leads from p to p, from p to q, and from q to q. */
function isShared(
  positions: readonly Position[],
  components: readonly number[],
  p: number,
  q: number,
): boolean {
  const seen = new Set<string>();
  const open: [number, number, number][] = [[p, p, q]];
  const within = (at: number) => positions[at]!.next.filter(other => components[other] === components[at]);
  while (open.length > 0) {
    const [a, b, c] = open.pop()!;
    for (const nextA of within(a))
      for (const nextC of within(c)) {
        const set = positions[nextA]!.set & positions[nextC]!.set;
        if (set === 0n) continue;
        for (const nextB of positions[b]!.next) {
          if ((set & positions[nextB]!.set) === 0n || positions[nextB]!.isMatch) continue;
          if (nextA === p && nextB === q && nextC === q) return true;
          const key = `${nextA} ${nextB} ${nextC}`;
          if (seen.has(key)) continue;
          seen.add(key);
          open.push([nextA, nextB, nextC]);
        }
      }
  }
  return false;
}

/** Per position: the number of its strongly connected component. */
function componentsOf(positions: readonly Position[]): number[] {
  const reachable = positions.map((_, from) => {
    const seen = new Set<number>();
    const open = [from];
    while (open.length > 0)
      for (const next of positions[open.pop()!]!.next)
        if (positions[next]!.set !== 0n && !seen.has(next)) {
          seen.add(next);
          open.push(next);
        }
    return seen;
  });
  return positions.map((_, at) =>
    positions.findIndex(
      (_, other) => other === at || (reachable[at]!.has(other) && reachable[other]!.has(at)),
    ),
  );
}
