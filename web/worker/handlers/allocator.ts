/** The allocator: its segments at a moment, as recorded or modelled, and other settings of it. */
import {
  type AllocatorChoice,
  deviceLimit,
  type Failures,
  failuresOf,
  parseAllocator,
  type Trial,
} from '../../../bindings/allocators/index.ts';
import type {Bytes} from '../../../bindings/model/problem.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import type {OpenFile} from '../../document/open-file.ts';
import {recordedChoice} from '../../document/own-requests.ts';
import {type AllocatorState, modelledState, recordedState} from '../../document/segments.ts';
import {allocatorStatePicture} from '../../views/allocator-state.ts';
import type {Colouring} from '../../views/colouring.ts';
import type {PlanningLink} from '../planning-link.ts';

export interface AllocatorStateRequest {
  readonly moment: number;
  readonly colouring: Colouring;
}

/** Which allocator to replay the recording on. */
export interface ReplayRequest {
  /** As `--allocator` of the command line takes it; `''` for the recorded allocator with its settings. */
  readonly text: string;
  /** The recording's, as a failed request shows it, where absent. */
  readonly capacity: Bytes | undefined;
}

/** The most that the model of an allocator held. */
export interface ModelInfo {
  readonly name: string;
  readonly reserved: Bytes;
  readonly allocated: Bytes;
  readonly stranded: Bytes;
  readonly segments: number;
  /** Requests that it could not serve. */
  readonly failed: number;
  readonly failures: Failures;
}

export class AllocatorHandler {
  readonly #file: OpenFile;
  readonly #board: Board;
  readonly #planning: PlanningLink;

  constructor(file: OpenFile, board: Board, planning: PlanningLink) {
    this.#file = file;
    this.#board = board;
    this.#planning = planning;
  }

  /** Undefined for a problem, which has no allocator. */
  state({moment, colouring}: AllocatorStateRequest): Face | undefined {
    const {imported, subject, device} = this.#file;
    if (imported.kind === 'problem') return undefined;
    const state = recordedState(imported.trace, device, subject, moment) ?? this.#modelled(moment);
    return this.#board.set('allocator', allocatorStatePicture(state, subject, moment, colouring));
  }

  #modelled(moment: number): AllocatorState {
    const {requests, itemOf} = this.#file.planned.requests();
    const {settings} = recordedChoice(this.#file.imported);
    return modelledState(requests, settings, moment, block => itemOf[block]!);
  }

  /** Replays the recording on a model, and keeps where it puts the buffers of the problem. */
  async replay({text, capacity: given}: ReplayRequest): Promise<ModelInfo> {
    const capacity = this.#capacity(given);
    const {planned} = this.#file;
    const task = planned.ready();
    const {requests, itemOf} = planned.requests();
    const choice = this.#choice(text);
    const replayed = await this.#planning.worker.ask(worker => worker.replay({requests, choice, capacity}));
    const {most, failed} = replayed;
    const byItem = new Map<number, number>();
    for (const [block, item] of itemOf.entries()) if (item >= 0) byItem.set(item, replayed.addresses[block]!);
    const placed = Float64Array.from(
      {length: task.problem.count},
      (_, buffer) => byItem.get(task.itemOf(buffer)) ?? Number.NaN,
    );
    const isWhole = !placed.some(Number.isNaN);
    planned.model = isWhole
      ? {kind: 'model', name: `a model of ${choice.name}`, offsets: placed, extent: most.reserved}
      : undefined;
    return {...most, name: nameOf(choice), failed: failed.length, failures: failuresOf(requests, replayed)};
  }

  trySettings({text, capacity: given}: ReplayRequest): Promise<Trial[]> {
    const capacity = this.#capacity(given);
    const {requests} = this.#file.planned.requests();
    const choice = this.#choice(text);
    return this.#planning.worker.ask(worker => worker.trySettings({requests, choice, capacity}));
  }

  #capacity(given: Bytes | undefined): Bytes | undefined {
    const {imported, device} = this.#file;
    return imported.kind === 'trace' ? deviceLimit(imported.trace, device, given)?.bytes : given;
  }

  #choice(text: string): AllocatorChoice {
    return text === '' ? recordedChoice(this.#file.imported) : parseAllocator(text);
  }
}

function nameOf({name, settings}: AllocatorChoice): string {
  const list = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return list.length === 0 ? name : `${name}: ${list.join(', ')}`;
}
