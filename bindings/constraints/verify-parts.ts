/** Checks that buffers of different parts share no byte. Shares no code with the planner: a sweep over addresses. */
import type {Bytes} from '../model/numbers.ts';
import type {Violation} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';

/** One violation for each buffer that begins within the bytes of another part; none for a valid plan. */
export function violationsOfParts(columns: ProblemColumns, offsets: ArrayLike<Bytes>): Violation[] {
  const {parts} = columns.constraints ?? {};
  if (!parts) return [];
  const {size, start, end} = columns;
  const live = Array.from({length: columns.count}, (_, i) => i).filter(
    i => size[i]! > 0 && start[i]! < end[i]!,
  );
  live.sort((a, b) => offsets[a]! - offsets[b]! || a - b);
  const found: Violation[] = [];
  // of the buffers that begin lower: the one that reaches highest, and the one of another part that does
  let highest = -1;
  let other = -1;
  const top = (i: number): Bytes => (i < 0 ? 0 : offsets[i]! + size[i]!);
  for (const i of live) {
    const part = parts.of[i];
    const rival = highest >= 0 && parts.of[highest] !== part ? highest : other;
    if (rival >= 0 && parts.of[rival] !== part && top(rival) > offsets[i]!)
      found.push({kind: 'not-apart', a: rival, b: i});
    if (highest < 0 || parts.of[highest] === part) {
      if (top(i) > top(highest)) highest = i;
    } else if (top(i) > top(highest)) {
      [other, highest] = [highest, i];
    } else if (other < 0 || top(i) > top(other) || parts.of[other] === parts.of[highest]) other = i;
  }
  return found;
}
