/** Findings, as files that `npm test` judges again. */
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Finding} from './run.ts';

const FOLDER = fileURLToPath(new URL('found', import.meta.url));

/** A finding that is kept. */
export interface Kept {
  readonly campaign: string;
  readonly fault: string;
  readonly case: unknown;
}

/** Writes a finding. @returns its path */
export function keepFinding(campaign: string, {fault, case: found}: Finding): string {
  const kept: Kept = {campaign, fault: `${fault.kind}: ${fault.message}`, case: found};
  const text = `${JSON.stringify(kept, undefined, 1)}\n`;
  const digest = createHash('sha256').update(JSON.stringify(found)).digest('hex').slice(0, 8);
  mkdirSync(FOLDER, {recursive: true});
  const path = join(FOLDER, `${campaign}-${digest}.json`);
  writeFileSync(path, text);
  return path;
}

/** The kept findings by the names of their files. */
export function keptFindings(): ReadonlyMap<string, Kept> {
  const names = readdirSync(FOLDER).filter(name => name.endsWith('.json'));
  return new Map(names.map(name => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Kept]));
}
