/** Runs a campaign: draws, judges, and makes what is found small. */
import {seeded} from '../random.ts';
import type {Campaign, Fault} from './campaign.ts';

export interface RunOptions {
  readonly seed: number;
  /** The first case, from 0. */
  readonly from: number;
  /** Ends after so many cases, or so many seconds. */
  readonly cases: number;
  readonly seconds: number;
  /** Ends after so many findings. */
  readonly most: number;
  /** Called before each case. */
  readonly onCase?: (number: number) => void;
  readonly onFinding?: (finding: Finding) => void;
}

export interface Finding {
  readonly seed: number;
  /** Number of the case that was drawn. */
  readonly number: number;
  readonly fault: Fault;
  /** The smallest case found with the same kind of fault. */
  readonly case: unknown;
}

export interface Outcome {
  readonly cases: number;
  readonly seconds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** Attempts to make one finding smaller, and seconds for it. */
const MOST_ATTEMPTS = 5000;
const SHRINK_SECONDS = 30;

export async function runCampaign(campaign: Campaign<unknown>, options: RunOptions): Promise<Outcome> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const counts: Record<string, number> = {};
  const findings: Finding[] = [];
  const kinds = new Set<string>();
  let number = options.from;
  const end = options.from + options.cases;
  for (; number < end && seconds() < options.seconds && findings.length < options.most; number++) {
    options.onCase?.(number);
    const drawn = campaign.draw(randomOf(options.seed, number), number);
    const {fault, counts: more = {}} = await campaign.judge(drawn);
    for (const [name, count] of Object.entries(more)) counts[name] = (counts[name] ?? 0) + count;
    if (!fault) continue;
    counts[`fault: ${fault.kind}`] = (counts[`fault: ${fault.kind}`] ?? 0) + 1;
    if (kinds.has(fault.kind)) continue; // one of a kind is enough
    kinds.add(fault.kind);
    const finding = {seed: options.seed, number, ...(await shrunk(campaign, drawn, fault, options, number))};
    findings.push(finding);
    options.onFinding?.(finding);
  }
  return {cases: number - options.from, seconds: seconds(), counts, findings};
}

/** Random numbers of one case, so that it can be drawn alone. */
function randomOf(seed: number, number: number) {
  return seeded((Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0);
}

async function shrunk(
  campaign: Campaign<unknown>,
  drawn: unknown,
  fault: Fault,
  {onCase}: RunOptions,
  number: number,
): Promise<Pick<Finding, 'case' | 'fault'>> {
  const end = performance.now() + SHRINK_SECONDS * 1000;
  let best = {case: drawn, fault};
  let attempts = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const smaller of campaign.smaller?.(best.case) ?? []) {
      if (attempts++ >= MOST_ATTEMPTS || performance.now() > end) return best;
      onCase?.(number);
      const verdict = await campaign.judge(smaller);
      if (verdict.fault?.kind !== fault.kind) continue;
      best = {case: smaller, fault: verdict.fault};
      isSmaller = true;
      break;
    }
  }
  return best;
}
