/** Runtimes over a memory of their own, over one that workers share, and over a heap of the host. */
import {UsageError} from '../model/errors.ts';
import {type Bytes, checkBytes, isPowerOfTwo} from '../model/numbers.ts';
import type {ForeignHeap} from './install.ts';
import {
  LEAST_REGION,
  MODE,
  ownInstance,
  type SharedRegions,
  sharedInstance,
  shareMemory as shareRegions,
} from './instance.ts';
import {Runtime, type RuntimeOptions} from './runtime.ts';

/** How a worker treats the memory it manages. */
export interface RegionOptions {
  /** Bytes for arenas, tables and the general allocator, 64 MiB where absent. They are reserved once. */
  readonly bytes?: Bytes;
  /** Bytes, a power of two from 16 to 2^20, that addresses are multiples of; 64 where absent. */
  readonly alignment?: Bytes;
  /** Writes a pattern behind every block and counts those found changed. Slow: every call takes the long way. */
  readonly canaries?: boolean;
  /** Fills new blocks and dead ones with patterns. As slow. */
  readonly poison?: boolean;
}

/**
 * A runtime over a memory of its own.
 * @throws LimitError where the host grants no such memory
 * @example
 * ```js
 * import {createRuntime} from 'stowage/runtime';
 *
 * const runtime = createRuntime({bytes: 1 << 20});
 * runtime.begin();
 * const address = runtime.malloc(runtime.key('conv1'), 100);
 * runtime.free(address);
 * runtime.end();
 * console.log(address % 64);
 * // prints 0
 * ```
 */
export function createRuntime(options: RegionOptions & RuntimeOptions = {}): Runtime {
  const {bytes, alignment, mode} = settled(options);
  return new Runtime({instance: ownInstance(bytes, alignment, mode), alignment, mode}, options);
}

/**
 * A shared memory with a region for each of so many workers: post it to them, and have each call `attachRuntime`.
 * @throws UsageError in a page that is not isolated; LimitError where the host grants no such memory
 */
export function shareMemory(options: RegionOptions & {readonly workers: number}): SharedRegions {
  const {bytes, alignment, mode} = settled(options);
  return shareRegions(options.workers, bytes, alignment, mode);
}

/** The runtime of one worker over a shared memory. Any worker may free what any other has allocated. */
export function attachRuntime(shared: SharedRegions, worker: number, options: RuntimeOptions = {}): Runtime {
  const {alignment, mode} = shared;
  return new Runtime({instance: sharedInstance(shared, worker), alignment, mode}, options);
}

/**
 * A runtime over the heap of another module: it serves addresses in an arena there and touches no byte; all else is
 * left to the heap's own `malloc`. `RegionOptions.bytes` are for the tables alone, 4 MiB where absent.
 */
export function runtimeOver(
  heap: ForeignHeap,
  options: Pick<RegionOptions, 'bytes' | 'alignment'> & RuntimeOptions = {},
): Runtime {
  const {bytes, alignment} = settled({bytes: 4 << 20, ...options});
  const mode = MODE.FOREIGN;
  return new Runtime({instance: ownInstance(bytes, alignment, mode), alignment, mode, heap}, options);
}

function settled({bytes = 64 << 20, alignment = 64, canaries = false, poison = false}: RegionOptions) {
  checkBytes(bytes, 'options.bytes');
  if (bytes < LEAST_REGION) {
    throw new UsageError(`options.bytes: expected at least ${LEAST_REGION}, got ${bytes}`);
  }
  if (!isPowerOfTwo(alignment) || alignment < 16 || alignment > 2 ** 20) {
    throw new UsageError(`options.alignment: expected a power of two from 16 to 2^20, got ${alignment}`);
  }
  return {bytes, alignment, mode: (canaries ? MODE.CANARIES : 0) | (poison ? MODE.POISON : 0)};
}
