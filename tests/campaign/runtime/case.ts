/** A program over the functions that the module of the runtime exports, as it is kept in a file. */

/** Columns of a plan, all phases one after the other. */
export interface RawPlan {
  readonly signature: number;
  readonly phases: number;
  readonly keys: readonly number[];
  readonly sizes: readonly number[];
  readonly offsets: readonly number[];
  readonly arenaBytes: number;
  /** Where it is in a foreign heap. */
  readonly arena: number;
}

/**
 * Numbers behind the name, by name. An ID is of a block, a HANDLE of a plan laid out before; a call with one that is not
 * there is left out, so that calls can be removed.
 *
 *    begin SIGNATURE · end · interrupt · resume · collect · record · stopRecording · died ROW
 *    malloc ID KEY SIZE · free ID · reclaim ID · retain ID · covers ID · damage ID
 *    freeAt FORM ADDRESS, retainAt FORM ADDRESS   FORM 0: the address; 1: in the region; else behind the block FORM − 2
 *    freeThere OWNER OFFSET     an address of another worker's region, which that one takes at once
 *    flood OWNER COUNT          so many of them, which fill its queue
 *    newPlan HANDLE PLAN · seal HANDLE · retire SIGNATURE · read · create
 */
export type CallName =
  | 'begin'
  | 'end'
  | 'interrupt'
  | 'resume'
  | 'collect'
  | 'record'
  | 'stopRecording'
  | 'died'
  | 'malloc'
  | 'free'
  | 'reclaim'
  | 'retain'
  | 'covers'
  | 'damage'
  | 'freeAt'
  | 'retainAt'
  | 'freeThere'
  | 'flood'
  | 'newPlan'
  | 'seal'
  | 'retire'
  | 'read'
  | 'create';

export type Call = readonly [worker: number, name: CallName, ...numbers: number[]];

export type Build = 'runtime.debug' | 'runtime' | 'runtime.shared' | 'native' | 'threads';

export interface RawCase {
  readonly kind: 'raw';
  readonly build: Build;
  readonly workers: number;
  /** Bytes of each worker's region. */
  readonly bytes: number;
  readonly alignmentBits: number;
  /** Canaries 1, poison 2, another's heap 4. */
  readonly mode: number;
  readonly plans: readonly RawPlan[];
  readonly calls: readonly Call[];
}

export const CANARIES = 1;
export const POISON = 2;
export const FOREIGN = 4;
/** No key, no row. */
export const NONE = 0xffffffff;
/** Most bytes of one allocation. */
export const MOST_BYTES = 0xfff00000;

/** A case with less of it: calls, then plans, then workers. */
export function* smallerRaw(task: RawCase): Iterable<RawCase> {
  const {calls, plans} = task;
  for (let size = calls.length >> 1; size >= 1; size >>= 1)
    for (let from = 0; from < calls.length; from += size) yield {...task, calls: calls.toSpliced(from, size)};
  for (const [i, plan] of plans.entries()) {
    const slots = plan.keys.length / plan.phases;
    for (let slot = 0; slot < slots && slots > 1; slot++) {
      const keep = (_: number, at: number) => at % slots !== slot;
      const less = {
        keys: plan.keys.filter(keep),
        sizes: plan.sizes.filter(keep),
        offsets: plan.offsets.filter(keep),
      };
      yield {...task, plans: plans.with(i, {...plan, ...less})};
    }
  }
  if (task.mode !== 0) yield {...task, mode: 0};
}
