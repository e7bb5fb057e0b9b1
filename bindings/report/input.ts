/** What a report is made of. */
import type {Bounds, Plan} from '../index.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {BehaviourOptions, ReadProblem, StepProblem, Trace} from '../trace.ts';
import type {CudaReport} from './cuda-report.ts';

export interface ReportInput {
  /** As its owner names it, and what it is. */
  readonly file: string;
  readonly format: string;
  readonly problem: ProblemColumns;
  /** Of the problem, verified. */
  readonly plan: Plan;
  readonly bounds: Bounds;
  /** Bytes. */
  readonly capacity?: number;
  /** Where the problem is an iteration of a recording: both. */
  readonly trace?: Trace;
  readonly step?: StepProblem;
  /** Where it was read as it is: what came with it. */
  readonly read?: Pick<ReadProblem, 'operations' | 'weightBytes'>;
  /** Of a CUDA snapshot: what `cudaReport` told. */
  readonly cuda?: CudaReport;
  readonly warnings: readonly string[];
  readonly behaviour?: BehaviourOptions;
}
