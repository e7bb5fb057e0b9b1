/** A plan compared with the recorded CUDA device, as lines of text. */
import type {OutOfMemoryVerdict} from '../../allocators/index.ts';
import {formatBytes} from '../../model/quantities.ts';
import type {CudaReport} from '../../report.ts';

export function cudaLines({recoverable, outOfMemory}: CudaReport): string[] {
  const {reserved, isReservedAtEnd, persistent, plannedPeak, lowerBound, isProven, parts} = recoverable;
  const apart = parts > 1 ? ` of ${parts} streams and pools, each planned separately` : '';
  const proof = isProven
    ? 'proven: no plan of these buffers recovers more'
    : `not proven: a better plan recovers at most ${formatBytes(reserved - persistent - lowerBound)}`;
  return [
    `reserved     ${formatBytes(reserved)}, ${isReservedAtEnd ? 'known only for the end of the recording' : 'at most'}`,
    `needed       ${formatBytes(persistent + plannedPeak)}: persistent ${formatBytes(persistent)} + planned peak ${formatBytes(plannedPeak)}${apart}`,
    `recoverable  ${signedBytes(recoverable.recoverable)} = reserved − needed, ${proof}`,
    ...(outOfMemory ? outOfMemoryLines(outOfMemory) : []),
  ];
}

function signedBytes(bytes: number): string {
  return bytes < 0 ? `−${formatBytes(-bytes)}` : formatBytes(bytes);
}

function outOfMemoryLines(verdict: OutOfMemoryVerdict): string[] {
  const {request, live, persistent, plannedPeak, capacity, isCapacityGiven, needed} = verdict;
  const origin = isCapacityGiven ? '' : ' (reserved + free when the request failed)';
  const there = `${formatBytes(capacity)}${origin}`;
  const planned = `persistent ${formatBytes(persistent)} + planned peak ${formatBytes(plannedPeak)} + request ${formatBytes(request)} = ${formatBytes(needed)}`;
  const alive = `live ${formatBytes(live)} + request ${formatBytes(request)} = ${formatBytes(live + request)}`;
  const lines = {
    capacity: [
      `capacity: ${alive}, more than ${there}`,
      `no allocator can serve it; ${formatBytes(live + request - capacity)} less must be live at that time`,
    ],
    fragmentation: [
      `fragmentation: ${planned}, within ${there}`,
      'a plan would have fitted; first try the settings that `stowage replay` ranks highest',
    ],
    unknown: [
      `unknown: ${planned}, more than ${there}; ${alive}, which is not more`,
      'a better plan may or may not fit; first lower the peak that `stowage plan --explain` shows',
    ],
  }[verdict.verdict];
  return [`out of memory  ${lines[0]}`, `             ${lines[1]}`];
}
