/** Models of allocators, replayed on a recording: the memory that they would need. */
export {type Allocator, type Replayed, replay, type Usage} from './allocator.ts';
export {CupyAllocator} from './cupy.ts';
export {ExactSizeAllocator} from './exact-size.ts';
export {describeFailures, type Failures, failuresOf} from './failures.ts';
export {type DeviceLimit, describeLimit, deviceLimit} from './limit.ts';
export {
  ALLOCATORS,
  type AllocatorChoice,
  type AllocatorName,
  betterTrials,
  describeAllocator,
  makeAllocator,
  parseAllocator,
  type Trial,
  trySettings,
} from './models.ts';
export {type OutOfMemoryVerdict, outOfMemoryVerdict} from './out-of-memory.ts';
export {BumpAllocator, NoReuseAllocator} from './plain.ts';
export {type KeptPools, keptPools, withoutPools} from './private-pools.ts';
export {PytorchAllocator, type PytorchOptions, type SegmentChange} from './pytorch-cuda.ts';
export {
  namedSettings,
  type PytorchSettings,
  parseSettings,
  recordedSettings,
  roundedSize,
  segmentSize,
} from './pytorch-settings.ts';
export {type RecordedState, recordedState} from './recorded-state.ts';
export {type Recoverable, recoverableBytes} from './recoverable.ts';
export {type Requests, requestsBeforeEvents, requestsOf} from './requests.ts';
export {roundUp} from './rounding.ts';
export type {HeldBlock, HeldSegment} from './state.ts';
export {type Validation, type ValidationResult, validateModel} from './validate.ts';
