/** All campaigns. */
import type {CampaignEntry} from './campaign.ts';

export const CAMPAIGNS: readonly CampaignEntry[] = [];
