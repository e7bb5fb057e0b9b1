/** Memory and threads that are refused or end, and memory that stays. */
import {entry} from '../campaign.ts';
import {drawCase, type MemoryCase, smallerCases} from './cases.ts';
import {judgeMemory} from './judge.ts';

export const MEMORY = entry<MemoryCase>({
  name: 'memory',
  about: 'the core is refused memory at each size, workers do not start or end, many plans in one process',
  short: 16,
  open: () => ({draw: drawCase, judge: judgeMemory, smaller: smallerCases, limitSeconds: 120}),
});
