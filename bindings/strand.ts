/**
 * Strands: the parts of a search that may run side by side. Which there are depends on the algorithm, the number of
 * buffers and the seed alone, never on the threads, so that the plan does not depend on them either.
 */
import type {SearchAlgorithm} from './plan.ts';

/** What a strand searches with. `descent`: the exact search without its proof. */
export type StrandKind = 'exact' | 'descent' | 'local';

/** One part of a search. */
export interface Strand {
  readonly kind: StrandKind;
  /** What made the plans it finds. */
  readonly algorithm: SearchAlgorithm;
  readonly seed: number;
  /** Nodes it does between two exchanges of plans and bounds: some ten milliseconds. */
  readonly turn: number;
  /** Nodes that all strands before it do first: what is solved at once needs no company. */
  readonly after: number;
}

/** Nodes that the proof has for itself. */
const PROOF_ALONE = 40_000;

/** The strands of an algorithm, in the order that decides between equal plans. */
export function strandsOf(
  algorithm: 'auto' | SearchAlgorithm,
  count: number,
  seed: number,
): readonly Strand[] {
  const kinds: readonly StrandKind[] =
    algorithm === 'local' ? ['local', 'local'] : ['exact', 'descent', 'descent', 'descent'];
  return kinds.map((kind, number) => ({
    kind,
    algorithm: kind === 'local' ? 'local' : 'exact',
    seed: (seed + number * 0x9e3779b9) >>> 0,
    turn: turnOf(kind, count),
    after: number > 0 && kind === 'descent' ? PROOF_ALONE : 0,
  }));
}

/** A node of the exact search costs the more the more buffers there are. */
function turnOf(kind: StrandKind, count: number): number {
  if (kind === 'local') return 5000;
  return Math.round(Math.min(4000, Math.max(300, 1e6 / count)));
}
