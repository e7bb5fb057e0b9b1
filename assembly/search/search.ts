/**
 * The header of every search's record: the host begins a search, steps it by nodes, and reads its best plan at any
 * time.
 */
import {newU64} from '../memory/column';
import {Problem} from '../memory/layout';

@unmanaged
export class Search {
  problem: Problem;
  /** Bytes no plan can undercut; a plan with this peak ends the search. */
  lowerBound: u64;
  /**
   * Peak of the best plan known to the host, bytes; only smaller ones are wanted. The host may lower it between
   * steps.
   */
  incumbent: u64;
  /** Peak of the best plan this search has found, bytes; u64.MAX_VALUE while there is none. */
  peak: u64;
  /** Its offsets, u64 ×n. */
  plan: usize;
  /** Nodes so far: buffers placed, or, in the class sweep, put on the address line or taken off it. */
  nodes: u64;
}

/** Fills in the header of a search's record. */
export function beginSearch(search: Search, p: Problem, lowerBound: u64, incumbent: u64): void {
  search.problem = p;
  search.lowerBound = lowerBound;
  search.incumbent = incumbent;
  search.peak = u64.MAX_VALUE;
  search.plan = newU64(p.numBuffers);
  search.nodes = 0;
}
