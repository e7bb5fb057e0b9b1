/** The input of a report. */

import type {BehaviourOptions} from '../behaviour/report.ts';
import type {Bounds, Plan} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {ReadProblem} from '../trace/importers/importer.ts';
import type {StepProblem} from '../trace/step/step.ts';
import type {Trace} from '../trace/trace.ts';
import type {CudaReport} from './cuda-report.ts';

export interface ReportInput {
  /** The file's name, and its format. */
  readonly file: string;
  readonly format: string;
  readonly problem: ProblemColumns;
  /** The verified plan of the problem. */
  readonly plan: Plan;
  readonly bounds: Bounds;
  /** Bytes. */
  readonly capacity?: number;
  /** Where the problem is an iteration of a recording: both. */
  readonly trace?: Trace;
  readonly step?: StepProblem;
  /** For a problem that was read as it is: its operations, weights and shared memory. */
  readonly read?: Pick<ReadProblem, 'operations' | 'weightBytes' | 'sharing' | 'isCut'>;
  /** For a CUDA snapshot: the result of `cudaReport`. */
  readonly cuda?: CudaReport;
  readonly warnings: readonly string[];
  readonly behaviour?: BehaviourOptions;
}
