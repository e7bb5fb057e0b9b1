/** Plans as files that runtimes load: the entry `stowage/artifacts`. */

export {type BufferPlanOptions, tfliteBufferPlan} from './artifacts/buffer-plan.ts';
export {cFunction} from './artifacts/c-function.ts';
export {type CHeaderOptions, cHeader} from './artifacts/c-header.ts';
export {
  type CheckedPlan,
  checkedPlan,
  type Placement,
  type PlacementOptions,
  type PlannedArena,
} from './artifacts/checked-plan.ts';
export {
  type AllocationDetails,
  EXECUTORCH_SCHEMA,
  type ExecutorchPlan,
  type ExecutorchTensor,
  executorchPlan,
} from './artifacts/executorch.ts';
export {minimallocCsv} from './artifacts/minimalloc.ts';
export {onnxWithOrder} from './artifacts/onnx-order.ts';
export {
  canonicalText,
  PYTORCH_SCHEMA,
  PYTORCH_UNITS,
  type PytorchDevice,
  type PytorchOptions,
  type PytorchPlan,
  type PytorchRow,
  type PytorchSignature,
  type PytorchSource,
  pytorchPlan,
  pytorchPlanText,
} from './artifacts/pytorch.ts';
export {
  openTfliteModel,
  type Scratch,
  TENSOR_ALIGNMENT,
  type TfliteModelFile,
  type TfliteOptions,
  UNPLANNED,
} from './artifacts/tflite-file.ts';
export {runtimeArenaBytes} from './artifacts/tflite-greedy.ts';
export {METADATA_NAME, tfliteWithPlan} from './artifacts/tflite-metadata.ts';
export {type TensorOffsets, tensorOffsets} from './artifacts/tflite-offsets.ts';
export {type ReorderedModel, tfliteWithOrder} from './artifacts/tflite-order.ts';
export {
  WEBGPU_SCHEMA,
  type WebGpuLimits,
  type WebGpuOptions,
  type WebGpuPlan,
  webGpuPlan,
} from './artifacts/webgpu.ts';
export {type Allocation, allocationsOf, problemOf} from './model/allocations.ts';
export {ImportError, LimitError, UsageError} from './model/errors.ts';
