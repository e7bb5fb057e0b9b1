/** Recordings into problems: the entry `stowage/trace`. */
export * from './behaviour/index.ts';
export * from './calls/index.ts';
export * from './compare/index.ts';
export * from './evidence/index.ts';
export {ImportError, LimitError, UsageError} from './model/errors.ts';
export {
  type BoundOf,
  type HelpfulWait,
  type MissingWait,
  type MissingWaitOptions,
  type MissingWaits,
  missingWaits,
  type UnorderedPiece,
} from './trace/clocks/missing-wait.ts';
export type {StepConcurrency} from './trace/clocks/step-clocks.ts';
export {countStreams} from './trace/clocks/streams.ts';
export {
  CUDA_ACTIONS,
  type CudaBlock,
  type CudaDevice,
  type CudaEntries,
  type CudaFrame,
  type CudaOutOfMemory,
  type CudaRecording,
  type CudaSegment,
  type CudaWaits,
} from './trace/cuda.ts';
export {
  type BlockSum,
  describeEndState,
  type EndPart,
  type EndState,
  endState,
  hasStateOnly,
  requireAnyEvents,
  requireEvents,
} from './trace/cuda-end-state.ts';
export type {FrameChoice} from './trace/cuda-frames.ts';
export {type PlanColumns, readCsv, readPlanCsv} from './trace/importers/csv/csv.ts';
export {isWholeInCsv, type WrittenPlan, writeCsv} from './trace/importers/csv/writer.ts';
export {EVENT_LOG_SCHEMA} from './trace/importers/event-log/event-log.ts';
export {writeEventLog} from './trace/importers/event-log/writer.ts';
export type {
  DimensionRange,
  Head,
  Imported,
  ImportedProblem,
  ImportedTrace,
  Importer,
  ImportOptions,
  InPlaceCandidate,
  OnnxRuntime,
  ProblemImporter,
  ReadProblem,
  ReferencePlan,
  Sharing,
  TraceImporter,
} from './trace/importers/importer.ts';
export {ONNX_RUNTIMES} from './trace/importers/importer.ts';
export {findImporter, IMPORTERS, importFile, importSource} from './trace/importers/index.ts';
export {
  isPlanJson,
  PLAN_SCHEMA,
  type PlanOfJson,
  type PlanSource,
  type PlanTotals,
  readPlanJson,
  readPlanTotals,
} from './trace/importers/json/plan-json.ts';
export {PROBLEM_SCHEMA, readProblemJson} from './trace/importers/json/problem-json.ts';
export {writeOperatorsJson, writeProblemJson} from './trace/importers/json/problem-json-writer.ts';
export {COST_UNIT} from './trace/importers/operator-cost.ts';
export {largestWarning} from './trace/importers/symbolic-dims.ts';
export {ByteSource, openSource, type SourceInput, type SourceOptions} from './trace/source/source.ts';
export {stepAllocations} from './trace/step/allocations.ts';
export type {CarriedBuffer, CarriedBuffer as StepTwin} from './trace/step/rows.ts';
export {type StepOptions, type StepProblem, stepProblem} from './trace/step/step.ts';
export {type UnrolledStep, unroll} from './trace/step/unroll.ts';
export {
  type BlockPositions,
  chooseDevice,
  type DeviceTimeline,
  findIterations,
  maxLoad,
  timelineOf,
} from './trace/timeline/device-timeline.ts';
export type {Iteration, IterationSource, Iterations} from './trace/timeline/iterations.ts';
export {liveBytes, type MemoryEvents, memoryEvents} from './trace/timeline/memory-events.ts';
export {
  type AllocationPath,
  type Annotation,
  type Device,
  type ForeignUses,
  FREE,
  type IterationMark,
  MALLOC,
  NONE,
  READ,
  RECORD,
  SYNC,
  type SyncPoints,
  type Trace,
  type TraceBlocks,
  type TraceEvents,
  WAIT,
  WRITE,
} from './trace/trace.ts';
export {
  type DeviceOptions,
  type RecordedEvent,
  type RecordedSync,
  TraceBuilder,
} from './trace/trace-builder.ts';
