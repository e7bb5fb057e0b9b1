/** Snapshots of small made-up runs: what a program allocates and frees, by name, served by an allocator that never moves. */
import {type Pickled, pickle, Tuple} from '../trace/pickle.ts';
import {BASE, block, entry, resetClock, segment, snapshot} from '../trace/snapshots.ts';

type Fields = Readonly<Record<string, Pickled>>;

export const MIB = 2 ** 20;

export interface RunOptions {
  /** Whether the recording has segment events and segments at its end; default both. */
  readonly segments?: 'events' | 'end' | 'emptied';
}

interface Held {
  readonly address: number;
  readonly bytes: number;
  readonly more: Fields;
}

/** Each stream and pool takes the lowest free range of its own segments, and a new segment where none fits. */
export class Run {
  readonly #entries: Fields[] = [];
  readonly #live = new Map<string, Held>();
  readonly #segments: {address: number; bytes: number; key: string; more: Fields}[] = [];
  #next = BASE;

  constructor() {
    resetClock();
  }

  malloc(name: string, bytes: number, {stream = 0, pool = 0}: {stream?: number; pool?: number} = {}): this {
    const key = `${stream} ${pool}`;
    const more = {stream, ...(pool === 0 ? {} : {pool_id: new Tuple(0, pool)})};
    const isTaken = (address: number): boolean =>
      [...this.#live.values()].some(
        held => held.address < address + bytes && address < held.address + held.bytes,
      );
    let own = this.#segments.find(one => one.key === key && one.bytes >= bytes && !isTaken(one.address));
    if (!own) {
      own = {address: this.#next, bytes, key, more};
      this.#next += bytes + 2 * MIB;
      this.#segments.push(own);
      this.#entries.push(entry('segment_alloc', own.address, bytes, more));
    }
    this.#entries.push(entry('alloc', own.address, bytes, more));
    this.#live.set(name, {address: own.address, bytes, more});
    return this;
  }

  free(name: string): this {
    return this.request(name).complete(name);
  }

  /** The first entry of a free that waits: `complete` comes later. */
  request(name: string): this {
    const {address, bytes, more} = this.#live.get(name)!;
    this.#entries.push(entry('free_requested', address, bytes, more));
    return this;
  }

  complete(name: string): this {
    const {address, bytes, more} = this.#live.get(name)!;
    this.#live.delete(name);
    this.#entries.push(entry('free_completed', address, bytes, more));
    return this;
  }

  fail(bytes: number, deviceFree: number): this {
    this.#entries.push(entry('oom', 0, bytes, {device_free: deviceFree}));
    return this;
  }

  repeat(times: number, step: (run: this, index: number) => void): this {
    for (let index = 0; index < times; index++) step(this, index);
    return this;
  }

  pickle({segments = 'events'}: RunOptions = {}): Uint8Array {
    const entries = this.#entries.filter(({action}) => segments === 'events' || action !== 'segment_alloc');
    const isLive = (address: number): boolean =>
      [...this.#live.values()].some(held => held.address === address);
    const left = this.#segments.filter(({address}) => segments !== 'emptied' || isLive(address));
    const state = left.map(({address, bytes, more}) =>
      segment(0, address, [block(bytes, isLive(address) ? 'active_allocated' : 'inactive')], {
        stream: more.stream!,
        ...(more.pool_id ? {segment_pool_id: more.pool_id} : {}),
      }),
    );
    return pickle(snapshot([entries], state));
  }
}

/** 900 MiB while loading, then steps of 80 MiB beside 300 that stay. */
export function loadThenSteps(): Run {
  const run = new Run();
  run.repeat(6, (own, i) => own.malloc(`weight ${i}`, 50 * MIB));
  run.repeat(6, (own, i) => own.malloc(`checkpoint ${i}`, 100 * MIB));
  run.repeat(6, (own, i) => own.free(`checkpoint ${i}`));
  return run.repeat(6, own =>
    own
      .malloc('x', 48 * MIB)
      .malloc('y', 32 * MIB)
      .free('x')
      .free('y'),
  );
}
