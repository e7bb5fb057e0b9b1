/** Placements of the same buffers to compare the plan with. */
import {recordedLine} from '../../bindings/pictures/index.ts';
import type {Imported} from '../../bindings/trace.ts';
import type {PlanTask} from './plan-task.ts';

/** Offsets that the plan is compared with, and where they come from. */
export interface Before {
  readonly kind: 'recorded' | 'reference' | 'model';
  readonly name: string;
  readonly offsets: Float64Array;
  /** Bytes that it holds at most. */
  readonly extent: number;
}

/** Where the file itself has the buffers of a problem: its reference plan, or the addresses of a CUDA snapshot. */
export function recordedOffsets(imported: Imported, {step}: PlanTask): Before | undefined {
  if (imported.kind === 'problem') {
    const {reference} = imported;
    if (!reference || reference.offsets.some(Number.isNaN)) return undefined;
    return {
      kind: 'reference',
      name: `${reference.name}'s own plan`,
      offsets: reference.offsets,
      extent: reference.peak,
    };
  }
  const {trace} = imported;
  const {cuda} = trace;
  if (!cuda || !step) return undefined;
  const {blocks} = trace;
  const {place, extent} = recordedLine(blocks, step.blocks);
  return {kind: 'recorded', name: 'as recorded', offsets: place, extent};
}
