/** A whole recording of a CUDA device against a plan of it, as lines of text. */
import type {OutOfMemoryVerdict, Recoverable} from '../../allocators/index.ts';
import {formatBytes} from '../../model/quantities.ts';
import type {CudaReport} from '../../report.ts';
import {describeRecoverable, describeScope} from '../../trace.ts';

export function cudaLines({recoverable, outOfMemory}: CudaReport): string[] {
  const {evidence, reserved, isReservedAtEnd, needed, parts} = recoverable;
  const scope = describeScope(evidence.scope);
  const apart = parts > 1 ? `, ${parts} streams and pools apart` : '';
  return [
    `reserved     ${formatBytes(reserved)}, ${isReservedAtEnd ? 'known only for the end of the recording' : `at most, in ${scope}`}`,
    `needed       ${formatBytes(needed)} by the plan of ${scope}${apart}: ${sumOf(recoverable)}`,
    `recoverable  ${describeRecoverable(recoverable)}`,
    ...(outOfMemory ? outOfMemoryLines(outOfMemory) : []),
  ];
}

/** `persistent 30 B + planned peak 50 B`. */
function sumOf({
  persistent,
  kept,
  plannedPeak,
}: Pick<Recoverable, 'persistent' | 'kept' | 'plannedPeak'>): string {
  const pools = kept > 0 ? ` + pools of CUDA graphs from before ${formatBytes(kept)}` : '';
  return `persistent ${formatBytes(persistent)}${pools} + planned peak ${formatBytes(plannedPeak)}`;
}

const CAPACITY_ORIGINS = {
  given: '',
  failure: ' (reserved + free when the request failed)',
  reserved: ' (the most that was reserved: the device had room, so the program has a limit of its own)',
} as const;

function outOfMemoryLines(verdict: OutOfMemoryVerdict): string[] {
  const {request, live, capacity, capacitySource, needed} = verdict;
  const there = `${formatBytes(capacity)}${CAPACITY_ORIGINS[capacitySource]}`;
  const planned = `${sumOf(verdict)} + request ${formatBytes(request)} = ${formatBytes(needed)}`;
  const alive = `live ${formatBytes(live)} + request ${formatBytes(request)} = ${formatBytes(live + request)}`;
  const lines = {
    capacity: [
      `capacity: ${alive}, more than ${there}`,
      `no allocator can serve it; ${formatBytes(live + request - capacity)} less must be live at that time`,
    ],
    fragmentation: [
      `fragmentation: ${planned}, within ${there}`,
      'a plan of the whole recording would have fitted; first try the settings that `stowage replay` ranks highest',
    ],
    unknown: [
      `unknown: ${planned}, more than ${there}; ${alive}, which is not more`,
      'a better plan may or may not fit; first lower the peak that `stowage plan --explain` shows',
    ],
  }[verdict.verdict];
  return [`out of memory  ${lines[0]}`, `             ${lines[1]}`];
}
