/**
 * Validates the model of PyTorch's allocator on a recording with segments: it serves each recorded request, and its
 * segments and the block's address are compared with the recorded ones.
 *
 * It needs a recording from a clean start: nothing reserved and nothing live before it. New segments get the
 * recorded addresses. Returned segments are taken from the recording, since a program may request that
 * (`torch.cuda.empty_cache`) and a full device causes it; the model only checks that it could return them.
 */
import {
  ALLOC,
  type CudaRecording,
  SEGMENT_ALLOC,
  SEGMENT_FREE,
  SEGMENT_MAP,
  SEGMENT_UNMAP,
} from '../trace/cuda.ts';
import type {Trace} from '../trace/trace.ts';
import {PytorchAllocator, type SegmentChange} from './pytorch-cuda.ts';
import {recordedSettings} from './pytorch-settings.ts';
import {endingAction} from './requests.ts';

/** Counts of compared and of equal requests. */
export interface Validation {
  /** Segments taken of the device: as often, as large and, where they grow, at the same address. */
  readonly segments: {readonly recorded: number; readonly equal: number};
  /** Segments given back that the model had cached as a whole. */
  readonly returns: {readonly recorded: number; readonly equal: number};
  /** Blocks at the recorded address. */
  readonly blocks: {readonly recorded: number; readonly equal: number};
  /** Index into `CudaRecording.entries` of the first that differs. */
  readonly firstDifference?: number;
}

/** `reason` is why a recording validates nothing. */
export type ValidationResult = Validation | {readonly reason: string};

export function validateModel(trace: Trace, device: number): ValidationResult {
  const {cuda} = trace;
  if (!cuda) return {reason: 'no CUDA memory snapshot'};
  const reason = whyNot(cuda, device);
  return reason === undefined ? new Comparison(cuda, device).run() : {reason};
}

function whyNot({entries, devices}: CudaRecording, device: number): string | undefined {
  const {reserved, persistent} = devices[device]!;
  const has = (action: number): boolean =>
    entries.action.some((one, i) => one === action && entries.device[i] === device);
  if (!has(SEGMENT_ALLOC) && !has(SEGMENT_MAP)) return 'it holds no segment events';
  if (persistent.count > 0) return 'it does not start clean: blocks were there before';
  if (reserved.start > 0) return 'it does not start clean: memory was reserved before';
  if (has(SEGMENT_UNMAP)) return 'parts of expandable segments were given back, which is not compared';
  return undefined;
}

/** A change of the segments that was recorded and waits for the request that caused it. */
interface Awaited {
  readonly entry: number;
  readonly address: number;
  readonly bytes: number;
}

class Comparison {
  readonly #cuda: CudaRecording;
  readonly #device: number;
  readonly #base: bigint;
  readonly #allocator: PytorchAllocator;
  readonly #live = new Map<number, number>();
  #awaited: Awaited[] = [];
  #made: SegmentChange[] = [];
  /** Address of segments that the device never reserved: far above all others. */
  #elsewhere = 2 ** 52;
  readonly #counts = {
    segments: {recorded: 0, equal: 0},
    returns: {recorded: 0, equal: 0},
    blocks: {recorded: 0, equal: 0},
  };
  #firstDifference: number | undefined;

  constructor(cuda: CudaRecording, device: number) {
    this.#cuda = cuda;
    this.#device = device;
    this.#base = cuda.addresses.slice().sort()[0] ?? 0n;
    this.#allocator = new PytorchAllocator({
      settings: recordedSettings(cuda.settings),
      addresses: {take: bytes => this.#take(bytes)},
      onChange: change => this.#made.push(change),
    });
  }

  run(): ValidationResult {
    const {entries} = this.#cuda;
    const end = endingAction(this.#cuda);
    for (let i = 0; i < entries.count; i++) {
      if (entries.device[i] !== this.#device) continue;
      const action = entries.action[i]!;
      if (action === ALLOC) this.#allocate(i);
      else if (action === end) this.#free(i);
      else if (action === SEGMENT_FREE) this.#return(i);
      else if (action === SEGMENT_ALLOC || action === SEGMENT_MAP) {
        this.#counts.segments.recorded++;
        this.#awaited.push({entry: i, address: this.#addressOf(i), bytes: entries.bytes[i]!});
      }
    }
    this.#settle();
    const first = this.#firstDifference;
    return {...this.#counts, ...(first === undefined ? {} : {firstDifference: first})};
  }

  #allocate(i: number): void {
    const {entries} = this.#cuda;
    this.#allocator.malloc(i, entries.bytes[i]!, entries.stream[i]!, entries.pool[i]!);
    this.#settle(i);
    this.#live.set(entries.address[i]!, i);
    this.#count('blocks', i, this.#allocator.addressOf(i) === this.#addressOf(i));
  }

  #free(i: number): void {
    const address = this.#cuda.entries.address[i]!;
    const block = this.#live.get(address);
    if (block === undefined) return;
    this.#live.delete(address);
    this.#allocator.free(block);
  }

  #return(i: number): void {
    this.#count('returns', i, this.#allocator.releaseAt(this.#addressOf(i)));
    this.#made = [];
  }

  #count(kind: 'returns' | 'blocks', entry: number, isEqual: boolean): void {
    this.#counts[kind].recorded++;
    if (isEqual) this.#counts[kind].equal++;
    else this.#firstDifference ??= entry;
  }

  /** Compares the recorded changes since the last request with the model's changes for this one. */
  #settle(entry?: number): void {
    for (const [index, {address, bytes, entry: at}] of this.#awaited.entries()) {
      const made = this.#made[index];
      if (made?.address === address && made.bytes === bytes) this.#counts.segments.equal++;
      else this.#firstDifference ??= at;
    }
    if (this.#made.length > this.#awaited.length) this.#firstDifference ??= entry;
    this.#awaited = [];
    this.#made = [];
  }

  #take(bytes: number): number {
    const given = this.#awaited[this.#made.length];
    if (given) return given.address;
    const address = this.#elsewhere;
    this.#elsewhere += Math.ceil(bytes / 512) * 512;
    return address;
  }

  #addressOf(entry: number): number {
    return Number(this.#cuda.addresses[this.#cuda.entries.address[entry]!]! - this.#base);
  }
}
