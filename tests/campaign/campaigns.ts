/** All campaigns. */
import type {CampaignEntry} from './campaign.ts';
import {requests} from './page/index.ts';

export const CAMPAIGNS: readonly CampaignEntry[] = [requests];
