/**
 * What some tests need and not every machine has; `requirements.json` names it. A test that lacks something is skipped
 * with the reason. `REQUIRE=chromium,cc` turns the skip of what it names into a failure.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';

export type Requirement = keyof typeof import('./requirements.json', { with: {type: 'json'}});

/** The part of a test's context that is used here. */
export interface Skippable {
  skip(message?: string): void;
}

/** Each requirement, and the reason for a skip. */
const REASONS = JSON.parse(readFileSync(new URL('requirements.json', import.meta.url), 'utf8')) as Readonly<
  Record<Requirement, string>
>;

const SHARED = new URL('../../shared/data/', import.meta.url);

/** Requirements that a function can check at once; the tests themselves check the rest. */
const PROBES = {
  cc: () => runs('cc') && runs('c++'),
  clang: () => runs('clang') && runs('clang++'),
  shared: () => existsSync(SHARED),
  linux: () => process.platform === 'linux',
  posix: () => process.platform !== 'win32',
  // nothing is missing, but it takes minutes: they run where they are asked for
  sanitizers: () => required.has('sanitizers'),
} as const satisfies Partial<Record<Requirement, () => boolean>>;

/**
 * The names in `REQUIRE`, separated by commas or spaces.
 * @throws for a name that is not a requirement
 */
export function requiredBy(text: string): ReadonlySet<Requirement> {
  const names = text.split(/[\s,]+/).filter(name => name !== '');
  const unknown = names.filter(name => !Object.hasOwn(REASONS, name));
  if (unknown.length > 0) {
    throw new Error(`REQUIRE: unknown ${unknown.join(', ')}; known are ${Object.keys(REASONS).join(', ')}`);
  }
  return new Set(names as Requirement[]);
}

const required = requiredBy(process.env.REQUIRE ?? '');

/**
 * Skips a test that lacks something.
 * @param detail in place of the reason in `requirements.json`
 * @throws where the requirement, or one of several, is required
 */
export function lacks(
  t: Skippable,
  names: Requirement | readonly Requirement[],
  detail?: string,
  demanded = required,
): void {
  const all = typeof names === 'string' ? [names] : names;
  const reason = detail ?? REASONS[all[0]!];
  const strict = all.find(name => demanded.has(name));
  if (strict !== undefined) throw new Error(`REQUIRE names ${strict}, but ${reason}`);
  t.skip(`${all[0]}: ${reason}`);
}

/** What can be checked at once. */
export type Probed = keyof typeof PROBES;

/** The first that is not there; undefined where all are. */
export function firstMissing(...names: Probed[]): Probed | undefined {
  return names.find(name => !PROBES[name]());
}

/** Whether everything is there. If not, the test is skipped, or fails where it is required. */
export function has(t: Skippable, ...names: Probed[]): boolean {
  const missing = firstMissing(...names);
  if (missing !== undefined) lacks(t, missing);
  return missing === undefined;
}

function runs(command: string): boolean {
  return spawnSync(command, ['--version'], {stdio: 'ignore'}).status === 0;
}
