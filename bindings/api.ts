/** What both planners have in common, in WebAssembly and in JavaScript: all but how they are loaded. */

export {type BoundPiece, type ConcurrencyBound, concurrencyBoundOf} from './concurrency/bound.ts';
export {
  type Advice,
  type AdviceKind,
  type AdviseOptions,
  adviseFit,
  type FitAdvice,
} from './explain/advise.ts';
export {CHANGE_KINDS, type Change, type ChangeKind, type ExplainOptions} from './explain/change.ts';
export * from './explain/changes/index.ts';
export {
  type BoundBuffer,
  type BoundInstant,
  type ExplainedBuffer,
  explainPeak,
  type PeakExplanation,
  type PeakInstant,
} from './explain/explain.ts';
export type {BufferFacts, Category, PersistentSum, Phase, PhaseSpan} from './model/buffer-facts.ts';
export {CATEGORIES, PHASES} from './model/buffer-facts.ts';
export type {BufferClocks, Clocks} from './model/clocks.ts';
export type {
  BufferRef,
  Constraints,
  InPlace,
  Pool,
  Scope,
  Stated,
  View,
} from './model/constraints.ts';
export {
  CoreError,
  HostError,
  ImportError,
  type ImportErrorPlace,
  LimitError,
  UsageError,
} from './model/errors.ts';
export type {FitKind} from './model/fit-recorded.ts';
export type {Instant} from './model/load.ts';
export type {OperatorInfo, OperatorProblem, OperatorRef, TensorInfo} from './model/operators.ts';
export {
  ALGORITHMS,
  type Algorithm,
  type AsyncPlanOptions,
  type Bounds,
  HEURISTICS,
  type Heuristic,
  type Obstacle,
  type Plan,
  type PlanArena,
  type PlanOptions,
  type PlanPart,
  type PlanStatus,
  type Progress,
  type SearchAlgorithm,
  type SeatChannel,
  type Solver,
  type Violation,
  type ViolationKind,
} from './model/plan.ts';
export {
  type BufferInfo,
  type Bytes,
  NO_ALIGNMENT,
  NO_OFFSET,
  type Problem,
  type ProblemColumns,
  type Tick,
} from './model/problem.ts';
export type {Hold, SizeFrom, Sizes} from './model/sizes.ts';
export type {
  Dimension,
  DimensionValues,
  SymbolicBuffer,
  SymbolicColumns,
  SymbolicProblem,
  SymbolicSize,
  Term,
} from './model/symbolic.ts';
export {describeSize, toSymbolicColumns} from './model/symbolic-columns.ts';
export {toColumns} from './model/to-columns.ts';
export {
  type AsyncFitOptions,
  type FitOptions,
  fitOperators,
  fitOperatorsAsync,
} from './operators/fit/fit.ts';
export type {
  FitObstacle,
  FitSchedule,
  FitStatus,
  FitStep,
  PlannedSchedule,
} from './operators/fit/schedule.ts';
export type {Lifetimes} from './operators/lifetimes.ts';
export {
  type AsyncOrderOptions,
  type OperatorOrder,
  type OrderOptions,
  orderOperators,
  orderOperatorsAsync,
} from './operators/order/order.ts';
export {verifyOrder} from './operators/verify.ts';
export type {Planner, VerifiedPlan} from './planner/planner.ts';
export type {Seat} from './planner/seats/seat.ts';
export {type Replan, type ReplanOptions, replan} from './stay/replan.ts';
export {
  type FittedBuffer,
  type FittedRecordings,
  fitRecordings,
  type LeftOut,
  type RecordedProblem,
} from './symbolic/fit-recordings.ts';
export {
  orderedPlanOf,
  readSymbolicPlan,
  SYMBOLIC_PLAN_SCHEMA,
  type SymbolicPlanJson,
  symbolicPlanJson,
} from './symbolic/json.ts';
export {
  type AsyncSymbolicOptions,
  planSymbolic,
  planSymbolicAsync,
  type SymbolicOptions,
} from './symbolic/plan-symbolic.ts';
export {
  type OffsetsAt,
  type SymbolicEvidence,
  SymbolicPlan,
  type SymbolicPoint,
} from './symbolic/symbolic-plan.ts';
export {
  type OrderedPlan,
  type SymbolicViolation,
  type SymbolicViolationKind,
  verifySymbolic,
} from './symbolic/verify.ts';
