/** A run as a page: its answers, that no name of a file can break out of it, and its size. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {runAnswers} from '../../bindings/ranks/answers.ts';
import {runHtml} from '../../bindings/ranks/html.ts';
import {REPORT_POLICY} from '../../bindings/report/html.ts';
import {fourRanks, madeRun, rankOf, runOf} from './runs.ts';

const htmlOf = (run: Parameters<typeof runHtml>[0]) => [...runHtml(run)].join('');

test('the first questions about a run are answered, each with its scope', () => {
  const answers = runAnswers(fourRanks());
  assert.deepEqual(
    answers.map(({answer}) => answer),
    [
      'Rank 2, 12 GiB',
      'At most 5 GiB on one rank',
      '1 rank of 3',
      '1 rank of 3',
      'pytorch-cuda:expandable_segments=true',
      '1 share, 2 files',
    ],
  );
  const [limit, recoverable, differ, grow, setting, missing] = answers.map(({detail}) => detail);
  assert.match(
    limit!,
    /A request failed there.*run\/snapshot_rank2\.pickle.*4,294,967,296 B \(4\.0 GiB\) less/,
  );
  assert.match(recoverable!, /whole recording.*Over 2 ranks 7,516,192,768 B.*Not known of 2/);
  assert.match(
    differ!,
    /rank 2 \(group A\): reserved, failed-request; most by aten::conv2d, \+20 MiB in all blocks of the window/,
  );
  assert.match(grow!, /rank 1, where 3,145,728 B .*Not known of 1 rank/);
  assert.match(setting!, /7\.0 GiB.*in place of.*12\.0 GiB.*a model.*It was not tried on other ranks/);
  assert.match(missing!, /1 share has not begun: 3\..*run\/last\.pickle \(the file is empty\)/);
});

test('nothing is claimed of a run without an analysis', () => {
  const answers = runAnswers(runOf([]));
  assert.deepEqual(
    answers.map(({answer}) => answer),
    ['Not known', 'Not known', 'Not known', 'Not known', 'Not known', 'Nothing'],
  );
});

test('names of files, groups, operations and failures cannot leave their place', () => {
  const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&\u0000\u202e`;
  const run = fourRanks();
  const sum = {blocks: 1, bytes: 1, liveBlocks: 0, liveBytes: 0};
  const html = htmlOf({
    ...run,
    versions: [hostile],
    ranks: [
      rankOf(null, {file: hostile, verdict: 'unknown'}),
      rankOf(1, {file: `a/${hostile}`, failure: hostile, coordinates: {[hostile]: 1, __proto__: 2, a: 1}}),
      rankOf(2, {file: 'z', coordinates: {[hostile]: 2, a: 2}}),
    ],
    limit: {file: hostile, rank: null, reason: 'peak', bytes: 5, next: null},
    groups: [
      {
        name: hostile,
        members: [0, 1, 2],
        typical: 0,
        outliers: [{rank: 1, reasons: ['peak'], operations: [{name: hostile, before: sum, after: sum}]}],
      },
    ],
    growing: [{rank: 0, liveAfter: [1, 2, 3]}],
    setting: {allocator: hostile, reserved: 1, failed: 0, served: 0, file: hostile, recorded: 2},
    missing: {shares: [], files: [hostile]},
    warnings: [hostile],
  });
  assert.doesNotMatch(html, /<script|<img|onerror=alert\(2\)>[^&]/i);
  assert.ok(!html.includes('\u0000'));
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
});

test('the page has the policy of a report, no script and no address', () => {
  const html = htmlOf(madeRun(8));
  assert.ok(html.includes(`content="${REPORT_POLICY}"`));
  assert.doesNotMatch(html, /<script|<link (?!rel="icon")|src=|https?:\/\/(?!www\.w3\.org)/);
});

test('the page lists every rank, the one that held most first, and stays below a megabyte for 4,096', () => {
  const run = madeRun(4096);
  const html = htmlOf(run);
  const [, table = ''] = /<section id="all-ranks">(.*)<\/section>/s.exec(html) ?? [];
  assert.equal(table.split('<tr><td>').length - 1, 4096);
  assert.ok(table.indexOf(run.limit!.file) < table.indexOf('<tr><td>', table.indexOf('<tr><td>') + 1));
  assert.ok(html.length < 1_000_000, `${html.length} characters`);
});
