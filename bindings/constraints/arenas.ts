/** The best assignment of bundles to arenas that the budget allows, and the proof about it. */

import type {Bytes} from '../model/numbers.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {Assigner} from './assign.ts';
import {type Assignment, isBetter, Packer} from './assignment.ts';
import {type AssignmentBounds, boundsOfAssignment} from './assignment-bounds.ts';
import type {Bundle} from './bundles.ts';
import {Enumeration, MOST_ENUMERATED} from './enumerate.ts';
import {Memories} from './memories.ts';
import {spill} from './spill.ts';
import type {Solving, Subproblems} from './subproblems.ts';

export interface SolvedArenas {
  readonly assignment: Assignment;
  /** Whether no assignment is better, or, where this one does not fit, none fits. */
  readonly isProven: boolean;
  readonly packer: Packer;
}

/** `capacity` in bytes, of an arena where the problem states no pools. */
export function* solveArenas(
  subproblems: Subproblems,
  columns: ProblemColumns,
  bundles: readonly Bundle[],
  capacity: Bytes | undefined,
): Solving<SolvedArenas> {
  const memories = yield* Memories.of(columns, bundles, capacity);
  const bounds = yield* boundsOfAssignment(bundles, memories);
  const packer = new Packer(subproblems, bundles, memories);
  const assigner = new Assigner(packer);
  let assignment = yield* spill(packer, assigner);
  let isProven = reaches(assignment, bounds) || (bounds.obstacle !== undefined && assignment.excess > 0);
  if (!isProven && assigner.live.length <= MOST_ENUMERATED) {
    const all = yield* new Enumeration(packer, assigner.live, assignment).run();
    ({isProven} = all);
    if (all.best !== undefined) assignment = all.best;
  }
  return {assignment, isProven, packer};
}

/** The same with a long search in every arena. */
export function* polish({assignment, isProven, packer}: SolvedArenas): Solving<SolvedArenas> {
  const polished = yield* packer.polished(assignment);
  return {assignment: isBetter(polished, assignment) ? polished : assignment, isProven, packer};
}

/** Whether nothing can be better by the bounds alone. */
export function reaches({excess, cost, total, groups}: Assignment, bounds: AssignmentBounds): boolean {
  return excess === 0 && cost === bounds.cost && total === bounds.total && groups.length === bounds.arenas;
}
