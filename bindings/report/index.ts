/** Reports and their pictures: the entry `stowage/report`. */
export * from '../pictures/index.ts';
export {type Answer, withoutReuse} from './answers.ts';
export {type CudaReport, cudaReport} from './cuda-report.ts';
export {REPORT_POLICY, reportHtml} from './html.ts';
export type {ReportInput} from './input.ts';
export {reportJson} from './json.ts';
export type {Needs, ReplayedModel} from './needs.ts';
export type {PeakBuffer, PeakBuffers} from './peak.ts';
export {type PlanJson, type Planned, planJson} from './plan-json.ts';
export {makeReport, type Report} from './report.ts';
export {csvCell, tableCsv} from './table.ts';
