/** What a plan is loaded from: the entry `stowage/artifacts`. */
export {ImportError, LimitError, UsageError} from '../errors.ts';
export {type BufferPlanOptions, tfliteBufferPlan} from './buffer-plan.ts';
export {type CHeaderOptions, cHeader} from './c-header.ts';
export {
  type CheckedPlan,
  checkedPlan,
  type Placement,
  type PlacementOptions,
  type PlannedArena,
} from './checked-plan.ts';
export {
  type AllocationDetails,
  EXECUTORCH_SCHEMA,
  type ExecutorchPlan,
  type ExecutorchTensor,
  executorchPlan,
} from './executorch.ts';
export {minimallocCsv} from './minimalloc.ts';
export {
  openTfliteModel,
  type Scratch,
  TENSOR_ALIGNMENT,
  type TfliteModelFile,
  type TfliteOptions,
  UNPLANNED,
} from './tflite-file.ts';
export {runtimeArenaBytes} from './tflite-greedy.ts';
export {METADATA_NAME, tfliteWithPlan} from './tflite-metadata.ts';
export {type TensorOffsets, tensorOffsets} from './tflite-offsets.ts';
export {WEBGPU_SCHEMA, type WebGpuLimits, type WebGpuOptions, type WebGpuPlan, webGpuPlan} from './webgpu.ts';
