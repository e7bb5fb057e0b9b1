/**
 * Two campaigns. `page`: hostile texts in every recording, and what shows them: the terminal, reports, pictures, tables, and
 * the page in Chromium. Nothing runs, no request leaves, no control character reaches the terminal. `requests`: what a
 * web page or a local program may send to `stowage view`; no request ends it, and without the token none is answered.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openSite} from '../../page/site.ts';
import {entry, type Verdict} from '../campaign.ts';
import {Browser} from './browser.ts';
import {randomRequest, TOKEN} from './requests.ts';
import {startView, type ViewServer} from './server.ts';
import {misread, obeyed, PRINTING, run, WRITING} from './sinks.ts';
import {CARRIERS, type Carrier, carried, hostileText} from './strings.ts';

interface TextCase {
  readonly carrier: Carrier;
  readonly texts: readonly string[];
  readonly sink: 'printed' | 'written' | 'page' | 'single page';
  /** Of the sink's commands. */
  readonly command: number;
}

const wrong = (kind: string, message: string): Verdict => ({fault: {kind, message}});

export const PAGE = entry<TextCase>({
  name: 'page',
  about: 'hostile texts in recordings: terminal, reports, pictures, tables, the page in Chromium',
  short: 5,
  needs: 'chromium',
  async open() {
    const site = await openSite();
    if (!site) return undefined;
    const browser = await Browser.open(site);
    const folder = mkdtempSync(join(tmpdir(), 'stowage-page-'));
    return {
      draw: random => ({
        carrier: CARRIERS[random(CARRIERS.length)]!,
        texts: Array.from({length: 4 + random(12)}, () => hostileText(random)),
        sink: (['printed', 'written', 'page', 'single page'] as const)[random(4)]!,
        command: random(60),
      }),
      judge: drawn => judgeTexts(drawn, folder, browser),
      *smaller(drawn) {
        const {texts} = drawn;
        for (let i = 0; i < texts.length; i++)
          if (texts.length > 1) yield {...drawn, texts: texts.toSpliced(i, 1)};
        for (let i = 0; i < texts.length; i++)
          for (let half = texts[i]!.length >> 1; half > 0; half >>= 1)
            for (let at = 0; at + half <= texts[i]!.length; at += half)
              yield {...drawn, texts: texts.with(i, texts[i]!.slice(0, at) + texts[i]!.slice(at + half))};
      },
      async close() {
        await browser.close();
        await site.close();
        rmSync(folder, {recursive: true, force: true});
      },
    };
  },
});

async function judgeTexts(
  {carrier, texts, sink, command}: TextCase,
  folder: string,
  browser: Browser,
): Promise<Verdict> {
  const counts = {[`texts, ${sink}`]: texts.length};
  const bytes = carried(carrier, texts);
  if (sink === 'page' || sink === 'single page') {
    const fault = await browser.dropped(texts[0]!, bytes, sink === 'single page');
    return fault === undefined ? {counts} : wrong(sink, `${carrier}: ${fault}`);
  }
  const file = join(folder, 'input');
  writeFileSync(file, bytes);
  if (sink === 'printed') {
    const args = PRINTING[command % PRINTING.length]!;
    const {text, code} = run(args, folder, file, texts[0]!);
    const found = obeyed(text);
    if (found !== undefined) return wrong('terminal', `${args.join(' ')} of ${carrier}: ${found}`);
    if (code === null || code === 70)
      return wrong('crash', `${args.join(' ')} of ${carrier}: ${code}: ${text.slice(0, 500)}`);
    return {counts};
  }
  const {args, output} = WRITING[command % WRITING.length]!;
  rmSync(join(folder, output), {force: true});
  const {text, code, written} = run(args, folder, file, texts[0]!, output);
  const what = `${args.join(' ')} -o ${output} of ${carrier}`;
  if (code === null || code === 70) return wrong('crash', `${what}: ${code}: ${text.slice(0, 500)}`);
  if (written === undefined) return {counts: {'not written': 1}};
  const fault = output.endsWith('.csv')
    ? misread(written.toString())
    : await browser.document(folder, output, written);
  return fault === undefined ? {counts} : wrong(output, `${what}: ${fault}`);
}

export const REQUESTS = entry<string>({
  name: 'requests',
  about: 'requests to stowage view, well-formed or not: none ends it',
  short: 10_000,
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-requests-'));
    const file = join(folder, 'five.csv');
    writeFileSync(file, 'id,lower,upper,size\na,0,1,4\n');
    let view = await startView(file);
    return {
      draw: randomRequest,
      async judge(request) {
        const verdict = await judgeRequest(request, view);
        if (verdict.fault) {
          // it may be about to end
          view.close();
          view = await startView(file);
        }
        return verdict;
      },
      *smaller(request) {
        for (let size = request.length >> 1; size > 0; size >>= 1)
          for (let at = 0; at < request.length; at += size)
            yield request.slice(0, at) + request.slice(at + size);
      },
      close() {
        view.close();
        rmSync(folder, {recursive: true, force: true});
      },
    };
  },
});

const PLAIN = `GET /${TOKEN}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n`;

async function judgeRequest(request: string, view: ViewServer): Promise<Verdict> {
  const answer = await view.send(request);
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  if (view.ended() !== undefined) return wrong('ended', `the server ended: ${view.ended()}`);
  if (statuses.includes(200) && !request.includes(TOKEN)) return wrong('answered', 'without the token');
  if (/"name": "stowage"|secret/.test(answer)) return wrong('traversal', 'a file that is not of the page');
  if (statuses.length > 0) return {counts: {[`status ${statuses[0]}`]: 1}};
  const isAlive = /^HTTP\/1\.1 200 /.test(await view.send(PLAIN));
  if (!isAlive) return wrong('ended', `no answer to a plain request: ${view.ended() ?? 'it is still there'}`);
  return {counts: {'no answer': 1}};
}
