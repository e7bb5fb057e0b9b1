/** Checks options of planning: every field known, every value one that it can take. */

import {UsageError} from './errors.ts';
import {checkAlignment, checkBoolean, checkBytes, show} from './numbers.ts';
import {ALGORITHMS, type AsyncPlanOptions, type PlanOptions} from './plan.ts';

type Check = (value: unknown, field: string) => void;

const CHECKS: {readonly [field in keyof Required<PlanOptions>]: Check} = {
  algorithm: checkAlgorithm,
  capacity: checkBytes,
  alignment: checkAlignment,
  minimize: checkBoolean,
  seed: checkSeed,
  nodeLimit: checkPositive,
  timeLimitMs: checkPositive,
  onPlan: checkFunction,
  onProgress: checkFunction,
};

const ASYNC_CHECKS: {readonly [field in keyof Required<AsyncPlanOptions>]: Check} = {
  ...CHECKS,
  threads: checkThreads,
  seats: checkSeats,
  opportunistic: checkBoolean,
  signal: checkSignal,
};

/** @throws UsageError for an unknown option or a value that an option cannot take. */
export function checkPlanOptions(options: object): void {
  check(options, CHECKS);
}

/** As `checkPlanOptions`, for planning in workers. */
export function checkAsyncPlanOptions(options: AsyncPlanOptions): void {
  check(options, ASYNC_CHECKS);
  if (options.opportunistic && !options.seats?.length)
    throw new UsageError(
      'options.opportunistic: expected seats with it: threads of one machine always wait for each other',
    );
}

function check(options: object, checks: Readonly<Record<string, Check>>): void {
  for (const [field, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, field)) {
      throw new UsageError(
        `options: unknown option ${show(field)}; known are ${Object.keys(checks).join(', ')}`,
      );
    }
    if (value !== undefined) checks[field]!(value, `options.${field}`);
  }
}

function checkAlgorithm(value: unknown, field: string): void {
  if (!(ALGORITHMS as readonly unknown[]).includes(value)) {
    throw new UsageError(`${field}: unknown algorithm ${show(value)}; known are ${ALGORITHMS.join(', ')}`);
  }
}

function checkSeed(value: unknown, field: string): void {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= 2 ** 32) {
    throw new UsageError(`${field}: expected an integer from 0 to 2^32 - 1, got ${show(value)}`);
  }
}

function checkPositive(value: unknown, field: string): void {
  if (typeof value !== 'number' || !(value > 0)) {
    throw new UsageError(`${field}: expected a number above 0, got ${show(value)}`);
  }
}

function checkFunction(value: unknown, field: string): void {
  if (typeof value !== 'function') throw new UsageError(`${field}: expected a function, got ${show(value)}`);
}

/** More than any machine has cores, fewer than would bring it down. */
const MOST_THREADS = 256;

function checkThreads(value: unknown, field: string): void {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MOST_THREADS) {
    throw new UsageError(`${field}: expected an integer from 1 to ${MOST_THREADS}, got ${show(value)}`);
  }
}

function checkSeats(value: unknown, field: string): void {
  if (!Array.isArray(value) || value.length > MOST_THREADS)
    throw new UsageError(`${field}: expected a list of at most ${MOST_THREADS} channels, got ${show(value)}`);
  value.forEach((channel: unknown, i) => {
    const {open, send} = (channel ?? {}) as {readonly open?: unknown; readonly send?: unknown};
    if (typeof send !== 'function' || !(open === undefined || typeof open === 'function'))
      throw new UsageError(`${field}[${i}]: expected an object with send, a function, got ${show(channel)}`);
  });
}

function checkSignal(value: unknown, field: string): void {
  if (!(value instanceof AbortSignal))
    throw new UsageError(`${field}: expected an AbortSignal, got ${show(value)}`);
}
