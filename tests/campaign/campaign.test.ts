/** The short form of each campaign, and every finding that was kept. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lacks} from '../requirements.ts';
import {entry} from './campaign.ts';
import {CAMPAIGNS} from './campaigns.ts';
import {keptFindings} from './found.ts';
import {runCampaign} from './run.ts';

const KEPT = [...keptFindings()];
const SHORT = {seed: 1, from: 0, seconds: 60, most: 10};

for (const {name, short, needs, open} of CAMPAIGNS) {
  test(`campaign ${name}: its first ${short} cases and all that was found are right`, async context => {
    const campaign = await open();
    if (!campaign) return lacks(context, needs!);
    try {
      for (const requirement of campaign.missing ?? [])
        await context.test(`the cases that need ${requirement}`, part => lacks(part, requirement));
      for (const [file, {campaign: of, case: kept}] of KEPT) {
        if (of !== name) continue;
        await context.test(file, async part => {
          const {fault, lacks: lacking} = await campaign.judge(kept);
          assert.equal(fault, undefined);
          if (lacking) lacks(part, lacking);
        });
      }
      const {cases, findings} = await runCampaign(campaign, {...SHORT, cases: short});
      assert.deepEqual(findings, []);
      assert.ok(cases > 0);
    } finally {
      await campaign.close?.();
    }
  });
}

test('every kept finding is of a campaign', () => {
  const names = new Set(CAMPAIGNS.map(({name}) => name));
  assert.deepEqual(
    KEPT.filter(([, {campaign}]) => !names.has(campaign)).map(([file]) => file),
    [],
  );
});

test('a fault is made as small as it can be, keeps its kind, and its case is drawn again from its number', async () => {
  const numbers = entry<number[]>({
    name: 'numbers',
    about: 'lists without a number above 90, and without three numbers',
    short: 1,
    open: () => ({
      draw: random => Array.from({length: 1 + random(6)}, () => random(100)),
      judge: list => {
        if (list.some(n => n > 90)) return {fault: {kind: 'large', message: `${list}`}};
        return list.length > 5 ? {fault: {kind: 'long', message: `${list}`}} : {counts: {right: 1}};
      },
      *smaller(list) {
        for (let i = 0; i < list.length; i++) yield list.toSpliced(i, 1);
        for (let i = 0; i < list.length; i++) if (list[i]! > 0) yield list.with(i, list[i]! - 1);
      },
    }),
  });
  const campaign = (await numbers.open())!;
  const {cases, counts, findings} = await runCampaign(campaign, {...SHORT, cases: 200});
  const faults = Object.entries(counts).filter(([name]) => name.startsWith('fault'));
  assert.equal(cases, (counts.right ?? 0) + faults.reduce((sum, [, count]) => sum + count, 0));
  assert.deepEqual(findings.map(({fault, case: found}) => [fault.kind, found]).sort(), [
    ['large', [91]],
    ['long', [0, 0, 0, 0, 0, 0]],
  ]);
  const large = findings.find(({fault}) => fault.kind === 'large')!;
  const again = await runCampaign(campaign, {...SHORT, from: large.number, cases: 1});
  assert.deepEqual(
    again.findings.map(({number, case: found}) => [number, found]),
    [[large.number, [91]]],
  );
});
