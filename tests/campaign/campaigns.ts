/** All campaigns. */
import type {CampaignEntry} from './campaign.ts';
import {CONSTRAINTS} from './constraints/constraints.ts';
import {ENGINES} from './engines/engines.ts';
import {INPUTS} from './inputs/inputs.ts';
import {MEMORY} from './memory/memory.ts';
import {OUTPUTS} from './outputs/index.ts';
import {PAGE, REQUESTS} from './page/index.ts';
import {PLANS} from './plans/plans.ts';
import {RUNTIME} from './runtime/campaign.ts';

export const CAMPAIGNS: readonly CampaignEntry[] = [
  CONSTRAINTS,
  ENGINES,
  INPUTS,
  MEMORY,
  OUTPUTS,
  PAGE,
  PLANS,
  REQUESTS,
  RUNTIME,
];
