/** The models of allocators by name, and the settings of one that are worth a try. */
import {UsageError} from '../model/errors.ts';
import {type Allocator, type Replayed, replay} from './allocator.ts';
import {CupyAllocator} from './cupy.ts';
import {ExactSizeAllocator} from './exact-size.ts';
import {type Failures, failuresOf} from './failures.ts';
import {BumpAllocator, NoReuseAllocator} from './plain.ts';
import {PytorchAllocator} from './pytorch-cuda.ts';
import {parseSettings} from './pytorch-settings.ts';
import type {Requests} from './requests.ts';

export const ALLOCATORS = ['pytorch-cuda', 'cupy', 'chainer-1', 'bump', 'no-reuse'] as const;
export type AllocatorName = (typeof ALLOCATORS)[number];

/** A model with its settings. */
export interface AllocatorChoice {
  readonly name: AllocatorName;
  /** By the names of the original; only `pytorch-cuda` has some. */
  readonly settings: Readonly<Record<string, string>>;
}

/** `pytorch-cuda:expandable_segments=true,max_split_size_mb=128`. @throws {UsageError} */
export function parseAllocator(text: string): AllocatorChoice {
  const [, given = '', list] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  const name = ALLOCATORS.find(one => one === given);
  if (!name) throw new UsageError(`allocator: expected one of ${ALLOCATORS.join(', ')}, got ${given}`);
  if (list === undefined) return {name, settings: {}};
  if (name !== 'pytorch-cuda') throw new UsageError(`allocator: ${name} has no settings, got ${list}`);
  const settings: Record<string, string> = {};
  for (const item of itemsOf(list)) {
    const [, key, value] = /^([a-z0-9_]+)=(.+)$/.exec(item) ?? [];
    if (key === undefined || value === undefined)
      throw new UsageError(`allocator: expected NAME=VALUE, got ${item}`);
    settings[key] = value;
  }
  parseSettings(settings);
  return {name, settings};
}

/** Split at commas; one within brackets belongs to the value. */
function itemsOf(list: string): string[] {
  const items: string[] = [];
  let from = 0;
  let isBracketed = false;
  for (let at = 0; at < list.length; at++) {
    if (list[at] === '[') isBracketed = true;
    else if (list[at] === ']') isBracketed = false;
    else if (list[at] === ',' && !isBracketed) {
      items.push(list.slice(from, at));
      from = at + 1;
    }
  }
  return [...items, list.slice(from)];
}

/** As `parseAllocator` reads it. */
export function describeAllocator({name, settings}: AllocatorChoice): string {
  const list = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return list.length === 0 ? name : `${name}:${list.join(',')}`;
}

/** A new allocator with nothing in it. Capacity in bytes; no limit where absent. */
export function makeAllocator({name, settings}: AllocatorChoice, capacity?: number): Allocator {
  if (name === 'cupy') return new CupyAllocator(capacity);
  if (name === 'chainer-1') return new ExactSizeAllocator(capacity);
  if (name === 'bump') return new BumpAllocator(capacity);
  if (name === 'no-reuse') return new NoReuseAllocator(capacity);
  return new PytorchAllocator({
    settings: parseSettings(settings),
    ...(capacity === undefined ? {} : {capacity}),
  });
}

/** Settings of the allocator, with the result of a replay. */
export interface Trial {
  readonly choice: AllocatorChoice;
  readonly most: Replayed['most'];
  /** How many requests failed; and which kind of them. */
  readonly failed: number;
  readonly failures: Failures;
}

/** Settings that are tried, each beside those that are given; garbage collection only where there is a capacity. */
const TRIALS: readonly Readonly<Record<string, string>>[] = [
  {expandable_segments: 'true'},
  {max_split_size_mb: '32'},
  {max_split_size_mb: '128'},
  {max_split_size_mb: '512'},
  {roundup_power2_divisions: '4'},
  {roundup_power2_divisions: '16'},
  {expandable_segments: 'true', roundup_power2_divisions: '16'},
];
const WITH_CAPACITY: readonly Readonly<Record<string, string>>[] = [
  {garbage_collection_threshold: '0.6'},
  {garbage_collection_threshold: '0.8'},
];

/**
 * Replays the requests under other settings: those with the fewest failed requests first, then those that serve most
 * of what failed in the recording, then those that reserve least, in the order of the list on ties. Empty for an
 * allocator without settings.
 */
export function trySettings(requests: Requests, choice: AllocatorChoice, capacity?: number): Trial[] {
  if (choice.name !== 'pytorch-cuda') return [];
  return [...TRIALS, ...(capacity === undefined ? [] : WITH_CAPACITY)]
    .filter(trial => Object.entries(trial).some(([key, value]) => choice.settings[key] !== value))
    .map(trial => {
      const tried = {...choice, settings: {...choice.settings, ...trial}};
      const {most, failed} = replay(requests, makeAllocator(tried, capacity));
      return {choice: tried, most, failed: failed.length, failures: failuresOf(requests, {failed})};
    })
    .sort(
      (a, b) =>
        a.failed - b.failed || b.failures.served - a.failures.served || a.most.reserved - b.most.reserved,
    );
}

/**
 * Trials that help: they fail fewer requests than the base; or nothing fails, and they reserve less than both the base
 * and the recording did (bytes; undefined where that is not known). What is reserved without the failed requests is no
 * saving.
 */
export function betterTrials(
  trials: readonly Trial[],
  {most, failed}: Pick<Replayed, 'most' | 'failed'>,
  recorded: number | undefined,
): Trial[] {
  const least = Math.min(most.reserved, recorded ?? most.reserved);
  return trials.filter(
    trial =>
      trial.failed < failed.length ||
      (failed.length === 0 && trial.failed === 0 && trial.most.reserved < least),
  );
}
