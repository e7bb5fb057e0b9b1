/** Running from plans: the entry `stowage/runtime`. */
export {CoreError, LimitError, UsageError} from './model/errors.ts';
export {Arena, type ArenaOptions} from './runtime/arena.ts';
export {
  attachRuntime,
  createRuntime,
  type RegionOptions,
  runtimeOver,
  shareMemory,
} from './runtime/create.ts';
export type {ForeignHeap} from './runtime/install.ts';
export type {Region, SharedRegions} from './runtime/instance.ts';
export type {Runtime, RuntimeOptions, Statistics} from './runtime/runtime.ts';
