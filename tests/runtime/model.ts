/**
 * The runtime by its rules alone, without any account that could be wrong: whether a slot may be served is asked of all
 * live blocks, every time. It says what each call has to return.
 */
import {ANSWER, COUNTERS} from '../../bindings/runtime/instance.ts';

const NONE = 0xffffffff;
/** Slots that a single allocation may skip (`match-slot.ts`). */
const NEAR = 32;

/** A plan's columns, of all phases. */
export interface ModelPlan {
  readonly signature: number;
  readonly phases: number;
  readonly keys: readonly number[];
  readonly sizes: readonly number[];
  /** From the beginning of the arena. */
  readonly offsets: readonly number[];
  readonly arena: number;
  readonly arenaBytes: number;
}

interface State extends ModelPlan {
  phase: number;
  position: number;
  /** Owners of the live slots, by index. */
  readonly live: Map<number, number>;
  readonly wanted: number[];
}

export class Model {
  readonly counters = Object.fromEntries(COUNTERS.map(name => [name, 0])) as Record<
    (typeof COUNTERS)[number],
    number
  >;
  misses = 0;
  readonly #plans: State[] = [];
  readonly #isForeign: boolean;
  /** Owners of the blocks of the general allocator, by address. */
  readonly #general = new Map<number, number>();
  #current: State | undefined;
  #isIterating = false;
  #isInterrupted = false;
  #suspect: {slot: number; from: number} | undefined;

  constructor(isForeign: boolean) {
    this.#isForeign = isForeign;
  }

  add(plan: ModelPlan): void {
    const state = {...plan, phase: 0, position: 0, live: new Map(), wanted: plan.keys.map(() => 0)};
    this.#plans.unshift(state);
  }

  get live(): number {
    return this.#plans.reduce((sum, {live}) => sum + live.size, this.#general.size);
  }

  wantedOf(signature: number): readonly number[] {
    return this.#plans.find(plan => plan.signature === signature)!.wanted;
  }

  begin(signature: number): boolean {
    if (this.#isIterating) this.end();
    this.#current = this.#plans.find(plan => plan.signature === signature);
    this.#suspect = undefined;
    this.#isIterating = true;
    this.misses = 0;
    if (this.#current) this.#current.position = this.#current.phase * lengthOf(this.#current);
    return this.#current !== undefined;
  }

  end(): void {
    if (!this.#isIterating) return;
    const plan = this.#current;
    if (plan) {
      const end = (plan.phase + 1) * lengthOf(plan);
      this.counters.missing += end - plan.position;
      plan.phase = (plan.phase + 1) % plan.phases;
    }
    this.#current = undefined;
    this.#isIterating = false;
    this.#isInterrupted = false;
  }

  interrupt(): void {
    this.#isInterrupted = true;
  }

  resume(): void {
    this.#isInterrupted = false;
  }

  /** @returns its address in the arena; 0 for the general allocator: then `took` follows */
  malloc(key: number, asked: number): number {
    const plan = this.#current;
    if (!plan || this.#isInterrupted) return this.#refuse('unplanned');
    const slot = this.#find(plan, key);
    if (slot < 0) return 0;
    this.counters.missing += slot - plan.position;
    plan.position = slot + 1;
    const size = Math.max(asked, 1);
    const [planned, offset] = [plan.sizes[slot]!, plan.offsets[slot]!];
    if (planned >= size && !isBlocked(plan, offset, offset + planned)) {
      plan.live.set(slot, 1);
      this.counters.served++;
      return plan.arena + offset;
    }
    plan.wanted[slot] = Math.max(plan.wanted[slot]!, size);
    if (planned > 0) this.misses++;
    return this.#refuse(planned === 0 ? 'unmanaged' : planned < size ? 'larger' : 'blocked');
  }

  #find(plan: State, key: number): number {
    const {keys, position: from} = plan;
    const end = (plan.phase + 1) * lengthOf(plan);
    if (key === NONE) return this.#fallBack('unknown');
    if (from < end && keys[from] === key) return from;
    const suspect = this.#suspect;
    this.#suspect = undefined;
    if (suspect && suspect.from === from && suspect.slot < end && keys[suspect.slot] === key)
      return suspect.slot;
    const slot = keys.indexOf(key, from);
    if (slot < 0 || slot >= end) return this.#fallBack(keys.includes(key) ? 'extra' : 'unknown');
    if (slot - from <= NEAR) return slot;
    this.#suspect = {slot: slot + 1, from};
    return this.#fallBack('extra');
  }

  #fallBack(why: 'extra' | 'unknown'): -1 {
    this.misses++;
    this.counters[why]++;
    return -1;
  }

  #refuse(why: (typeof COUNTERS)[number]): 0 {
    this.counters[why]++;
    return 0;
  }

  /** The general allocator has returned that address. */
  took(address: number): void {
    if (!this.#isForeign) this.#general.set(address, 1);
  }

  free(address: number): number {
    return this.#own(address, -1);
  }

  retain(address: number): number {
    return this.#own(address, 1);
  }

  /** Adds to the owners of a block. */
  #own(address: number, change: number): number {
    for (const {live, offsets, arena, arenaBytes} of this.#plans) {
      if (address < arena || address >= arena + arenaBytes) continue;
      for (const slot of live.keys()) if (arena + offsets[slot]! === address) return add(live, slot, change);
      return this.#stray();
    }
    if (this.#isForeign) return ANSWER.NOT_OURS;
    return this.#general.has(address) ? add(this.#general, address, change) : this.#stray();
  }

  #stray(): number {
    this.counters.strays++;
    return ANSWER.INVALID_FREE;
  }
}

/** Whether a live slot shares bytes with [from, to). */
function isBlocked({live, offsets, sizes}: State, from: number, to: number): boolean {
  for (const slot of live.keys())
    if (offsets[slot]! < to && from < offsets[slot]! + sizes[slot]!) return true;
  return false;
}

const lengthOf = ({keys, phases}: ModelPlan) => keys.length / phases;

function add(owners: Map<number, number>, key: number, change: number): number {
  const now = owners.get(key)! + change;
  if (now === 0) owners.delete(key);
  else owners.set(key, now);
  return ANSWER.DONE;
}
