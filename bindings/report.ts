/** Reports and their pictures: the entry `stowage/report`. */

export {withoutReuse} from './model/problem.ts';
export * from './pictures/index.ts';
export {checkRun, type RankCheck, type RunCheck, type RunLimits} from './ranks/check.ts';
export {runCsv} from './ranks/csv.ts';
export {runHtml} from './ranks/html.ts';
export {mergeRun} from './ranks/merge.ts';
export {parseFile, parseResult, parseRun, parseShare} from './ranks/read.ts';
export type {
  BatchFile,
  BatchFolder,
  BatchResult,
  BatchShare,
  FiguresJson,
  HelpfulSetting,
  NamedSum,
  RankIterations,
  RankRecording,
  RankStructure,
  RunResult,
  RunSource,
} from './ranks/result.ts';
export type {GrowingRank, Rank, RankGroup, RankOutlier, Run, RunLimit} from './ranks/run.ts';
export type {Answer} from './report/answer.ts';
export {type CudaReport, type CudaReportJson, cudaReport, cudaReportJson} from './report/cuda-report.ts';
export {REPORT_POLICY, reportHtml} from './report/html.ts';
export type {ReportInput} from './report/input.ts';
export {reportJson} from './report/json.ts';
export type {Needs, ReplayedModel} from './report/needs.ts';
export type {PeakBuffer, PeakBuffers} from './report/peak.ts';
export {type PlanJson, type Planned, planJson} from './report/plan-json.ts';
export {makeReport, type Report} from './report/report.ts';
export {
  type SharingJson,
  sharingJson,
  sharingSentences,
} from './report/sharing.ts';
export {makeStateReport, type StateReport, stateReportHtml, stateReportJson} from './report/state-report.ts';
export {csvCell, tableCsv} from './report/table.ts';
