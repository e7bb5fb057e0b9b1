/** The input of a report. */

import type {BehaviourOptions} from '../behaviour/report.ts';
import type {Bounds, Plan} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {ReadProblem} from '../trace/importers/importer.ts';
import type {StepProblem} from '../trace/step/step.ts';
import type {Trace} from '../trace/trace.ts';
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
