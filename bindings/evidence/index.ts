/** The evidence behind statements: scope, assumptions, and the words for both. */
export {ASSUMPTIONS, type Assumption} from './assumptions.ts';
export {describeConcurrency} from './concurrency.ts';
export {
  type Evidence,
  type EvidenceJson,
  type EvidenceSource,
  evidenceJson,
  evidenceOf,
  evidenceOfStep,
  PROBLEM_EVIDENCE,
} from './evidence.ts';
export {describePartFit, describeRecordingFit} from './fit.ts';
export {describeProof, noPlan, type PeakClaim, peakClaim} from './peak-claim.ts';
export {
  describePlace,
  describeRecordingPeak,
  type RecordingPeak,
  type RecordingPlace,
  recordingPeak,
  recordingPeakOf,
} from './recording.ts';
export {describeRecoverable, describeRecoverableProof, type RecoverableClaim} from './recoverable-claim.ts';
export {describeScope, type EvidenceScope} from './scope.ts';
export {describeWaitingFrees, type WaitingFreesSum, waitingFrees} from './waiting.ts';
