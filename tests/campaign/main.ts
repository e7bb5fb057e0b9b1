/** `npm run campaign -- NAME [options]`: cases for as long as asked; exits 1 where something was found. */
import {parseArgs} from 'node:util';
import type {CampaignEntry} from './campaign.ts';
import {CAMPAIGNS} from './campaigns.ts';
import {keepFinding} from './found.ts';
import {type Outcome, type RunOptions, runCampaign} from './run.ts';
import {Watchdog} from './watchdog.ts';

const USAGE = `usage: npm run campaign -- NAME [--seconds N] [--seed N] [--cases N] [--from N] [--most N]
  --seconds N   time for new cases (default 60)
  --seed N      of the random numbers (default 1)
  --cases N     cases at most
  --from N      number of the first case (default 0): a case is drawn alike whatever came before
  --most N      findings at most (default 10), one of a kind
Findings are made small and kept in tests/campaign/found, which npm test judges again.
${CAMPAIGNS.map(({name, about}) => `  ${name.padEnd(12)} ${about}`).join('\n')}`;

const LIMIT_SECONDS = 60;

function parsed(): {campaign: CampaignEntry; options: RunOptions} {
  const text = {type: 'string'} as const;
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {seconds: text, seed: text, cases: text, from: text, most: text},
  });
  const [name, ...more] = positionals;
  const campaign = CAMPAIGNS.find(each => each.name === name);
  if (!campaign || more.length > 0)
    throw new Error(name === undefined ? 'no name' : `unknown ${positionals.join(' ')}`);
  const number = (option: keyof typeof values, otherwise: number) => {
    const given = values[option];
    const value = given === undefined ? otherwise : Number(given);
    if (!(value >= 0)) throw new Error(`--${option} is no number: ${given}`);
    return value;
  };
  return {
    campaign,
    options: {
      seconds: number('seconds', 60),
      seed: number('seed', 1),
      cases: number('cases', Number.POSITIVE_INFINITY),
      from: number('from', 0),
      most: number('most', 10),
    },
  };
}

function checked(): ReturnType<typeof parsed> {
  try {
    return parsed();
  } catch (error) {
    console.error(`campaign: ${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

function print(name: string, {cases, seconds, counts, findings}: Outcome, seed: number): void {
  console.log(
    `${name}: ${cases.toLocaleString('en')} cases, ${seconds.toFixed(0)} s, seed ${seed}, ${findings.length} findings`,
  );
  for (const [what, count] of Object.entries(counts))
    console.log(`  ${what.padEnd(24)} ${count.toLocaleString('en')}`);
}

const {campaign: chosen, options} = checked();
const campaign = await chosen.open();
if (!campaign) {
  console.error(`campaign ${chosen.name}: this machine lacks ${chosen.needs} (tests/requirements.json)`);
  process.exit(2);
}
for (const requirement of campaign.missing ?? [])
  console.log(
    `campaign ${chosen.name}: without the cases that need ${requirement} (tests/requirements.json)`,
  );
const watchdog = new Watchdog(chosen.name, options.seed, campaign.limitSeconds ?? LIMIT_SECONDS);
const outcome = await runCampaign(campaign, {
  ...options,
  onCase: number => watchdog.begins(number),
  onFinding: finding => {
    console.log(`case ${finding.number}: ${finding.fault.kind}: ${finding.fault.message}`);
    console.log(`  kept as ${keepFinding(chosen.name, finding)}`);
  },
});
print(chosen.name, outcome, options.seed);
await campaign.close?.();
await watchdog.close();
process.exit(outcome.findings.length > 0 ? 1 : 0);
