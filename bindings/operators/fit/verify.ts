/**
 * Checks a schedule with its plan against the problem as people state it; shares no code with the search. Every operator runs once for the
 * first time, and again only where that is allowed; what it reads is in the arena at that step, with the bytes that it was given; outputs are
 * there at the end; no two buffers that are live together share a byte, but those in place; the costs add up.
 */
import type {Bytes} from '../../model/numbers.ts';
import type {OperatorProblem, OperatorRef} from '../../model/operators.ts';

/** What is checked, with the schedule's own words for it. */
export interface CheckedSchedule {
  readonly steps: readonly {
    readonly kind: 'run' | 'again' | 'out' | 'in';
    readonly operator?: number;
    readonly tensor?: number;
  }[];
  readonly cost: number;
  /** Per buffer. */
  readonly tensorOf: ArrayLike<number>;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly offsets: ArrayLike<Bytes>;
}

export interface CheckedRules {
  readonly capacity: Bytes;
  readonly recompute: boolean;
  /** Bytes that are moved for one unit of cost. */
  readonly bytesPerCost?: number;
}

/** At most so many are reported. */
const MOST = 20;

/** What is wrong, as sentences; none for a valid schedule. */
export function verifySchedule(
  problem: OperatorProblem,
  schedule: CheckedSchedule,
  rules: CheckedRules,
): string[] {
  const check = new Check(problem, schedule, rules);
  check.steps();
  check.end();
  check.places();
  return check.found.slice(0, MOST);
}

class Check {
  readonly found: string[] = [];
  readonly #problem: OperatorProblem;
  readonly #schedule: CheckedSchedule;
  readonly #rules: CheckedRules;
  /** Per tensor: the tensor whose bytes it is. */
  readonly #root: readonly number[];
  readonly #inputs: readonly (readonly number[])[];
  readonly #outputs: readonly (readonly number[])[];
  readonly #writer = new Map<number, number>();
  readonly #after: readonly (readonly number[])[];
  readonly #ran: boolean[];
  /** Operators that must not run again any more. */
  readonly #spent = new Set<number>();
  readonly #copied = new Set<number>();
  /** Per tensor that is no view: its buffers by their first tick. */
  readonly #buffersOf = new Map<number, number[]>();
  readonly #isMade: boolean[];
  #cost = 0;

  constructor(problem: OperatorProblem, schedule: CheckedSchedule, rules: CheckedRules) {
    this.#problem = problem;
    this.#schedule = schedule;
    this.#rules = rules;
    const {tensors, operators} = problem;
    const tensor = lookUp(tensors);
    const operator = lookUp(operators);
    this.#root = tensors.map((_, t) => {
      let at = t;
      for (let of = tensors[at]!.viewOf; of !== undefined; of = tensors[at]!.viewOf) at = tensor(of);
      return at;
    });
    this.#inputs = operators.map(({inputs}) => inputs.map(tensor));
    this.#outputs = operators.map(({outputs}) => outputs.map(tensor));
    this.#after = operators.map(({after = []}) => after.map(operator));
    this.#outputs.forEach((list, v) => {
      for (const t of list) this.#writer.set(t, v);
    });
    this.#ran = operators.map(() => false);
    this.#isMade = Array.from(schedule.tensorOf, () => false);
    for (let i = 0; i < schedule.tensorOf.length; i++) {
      const t = schedule.tensorOf[i]!;
      if (this.#root[t] !== t) this.found.push(`buffer ${i} is of tensor ${t}, which is no tensor or a view`);
      this.#buffersOf.set(t, [...(this.#buffersOf.get(t) ?? []), i]);
      // inputs of the graph are there before the first step
      this.#isMade[i] = !this.#writer.has(t) && schedule.start[i] === 0 && !this.#isMovedIn(t, 0);
    }
  }

  #isMovedIn(t: number, tick: number): boolean {
    const step = this.#schedule.steps[tick];
    return step?.kind === 'in' && step.tensor === t;
  }

  steps(): void {
    this.#schedule.steps.forEach(({kind, operator = -1, tensor = -1}, tick) => {
      if (kind === 'run' || kind === 'again') this.#run(kind, operator, tick);
      else if (kind === 'out') this.#out(tensor, tick);
      else this.#in(tensor, tick);
    });
  }

  #run(kind: 'run' | 'again', v: number, tick: number): void {
    const info = this.#problem.operators[v];
    if (!info) {
      this.found.push(`step ${tick}: there is no operator ${v}`);
      return;
    }
    if (kind === 'run') this.#first(v, tick);
    else this.#again(v, tick, info.cost);
    for (const t of this.#inputs[v]!) {
      if (this.#writer.has(t) && !this.#ran[this.#writer.get(t)!])
        this.found.push(`step ${tick}: operator ${v} reads tensor ${t} before its operator has run`);
      // what it makes a view of by itself is its own output
      if (this.#writer.get(this.#root[t]!) !== v) this.#read(this.#root[t]!, tick, `operator ${v}`);
    }
    for (const t of this.#outputs[v]!) {
      if (this.#problem.tensors[t]!.viewOf === undefined) this.#make(t, tick);
      else if (this.#writer.get(this.#root[t]!) !== v) this.#read(this.#root[t]!, tick, `operator ${v}`);
    }
    this.#ran[v] = true;
  }

  #first(v: number, tick: number): void {
    if (this.#ran[v]) this.found.push(`step ${tick}: operator ${v} has run before`);
    for (const earlier of this.#after[v]!) {
      if (!this.#ran[earlier])
        this.found.push(`step ${tick}: operator ${v} runs before operator ${earlier}, which it must follow`);
      this.#spent.add(earlier);
    }
  }

  #again(v: number, tick: number, cost: number | undefined): void {
    if (!this.#ran[v]) this.found.push(`step ${tick}: operator ${v} runs again, but has not run before`);
    if (cost === undefined || !this.#rules.recompute)
      this.found.push(`step ${tick}: operator ${v} must not be repeated`);
    if (this.#spent.has(v))
      this.found.push(`step ${tick}: operator ${v} runs again after an operator that must follow it`);
    this.#cost += cost ?? 0;
  }

  #out(t: number, tick: number): void {
    this.#read(t, tick, 'the move out');
    this.#copied.add(t);
    this.#move(t, tick);
  }

  #in(t: number, tick: number): void {
    if (!this.#copied.has(t)) this.found.push(`step ${tick}: tensor ${t} is moved in, but was not moved out`);
    this.#make(t, tick);
    this.#move(t, tick);
  }

  #move(t: number, tick: number): void {
    const {bytesPerCost} = this.#rules;
    if (bytesPerCost === undefined) this.found.push(`step ${tick}: nothing may be moved`);
    else this.#cost += Math.ceil((this.#problem.tensors[t]?.size ?? 0) / bytesPerCost);
  }

  /** The tensor has a buffer at this step that was made before it. */
  #read(t: number, tick: number, who: string): void {
    const {start, end} = this.#schedule;
    const isThere = (this.#buffersOf.get(t) ?? []).some(
      i => this.#isMade[i] && end[i]! > tick && (start[i]! < tick || (tick === 0 && !this.#writer.has(t))),
    );
    if (!isThere) this.found.push(`step ${tick}: ${who} reads tensor ${t}, which is not there`);
  }

  /** The tensor has a buffer that begins at this step. */
  #make(t: number, tick: number): void {
    const {start, end} = this.#schedule;
    const i = (this.#buffersOf.get(t) ?? []).find(
      buffer => start[buffer] === tick && end[buffer]! > tick && !this.#isMade[buffer],
    );
    if (i === undefined) this.found.push(`step ${tick}: tensor ${t} is made, but no buffer of it begins`);
    else this.#isMade[i] = true;
  }

  end(): void {
    const {start, end, steps, tensorOf, cost} = this.#schedule;
    this.#ran.forEach((ran, v) => {
      if (!ran) this.found.push(`operator ${v} never runs`);
    });
    for (let i = 0; i < tensorOf.length; i++) {
      if (start[i]! < end[i]! && !this.#isMade[i])
        this.found.push(`buffer ${i}: no step makes tensor ${tensorOf[i]} at tick ${start[i]}`);
      if (end[i]! > Math.max(steps.length, 1)) this.found.push(`buffer ${i} ends after the last step`);
    }
    this.#problem.tensors.forEach(({output}, t) => {
      const isThere = (this.#buffersOf.get(this.#root[t]!) ?? []).some(
        i => this.#isMade[i] && start[i]! < end[i]! && end[i]! >= steps.length,
      );
      if (output && !isThere) this.found.push(`tensor ${t} is an output, and is not there at the end`);
    });
    if (this.#cost !== cost) this.found.push(`the steps cost ${this.#cost}, not ${cost}`);
  }

  /** Offsets: within the capacity, and apart from all that is live at the same time. */
  places(): void {
    const {start, end, steps, tensorOf, offsets} = this.#schedule;
    const size = (i: number) => this.#problem.tensors[tensorOf[i]!]!.size;
    const begins: number[][] = Array.from({length: Math.max(steps.length, 1)}, () => []);
    for (let i = 0; i < tensorOf.length; i++) {
      if (start[i]! >= end[i]! || size(i) === 0) continue;
      begins[start[i]!]?.push(i);
      const top = offsets[i]! + size(i);
      if (!(offsets[i]! >= 0 && top <= this.#rules.capacity))
        this.found.push(`buffer ${i}: bytes ${offsets[i]} to ${top} are not within the capacity`);
    }
    const ends: number[][] = Array.from({length: Math.max(steps.length, 1) + 1}, () => []);
    // live buffers by their offsets: those that share bytes are beside each other
    const live: number[] = [];
    begins.forEach((beginning, tick) => {
      for (const i of ends[tick]!) live.splice(live.indexOf(i, this.#placeIn(live, i)), 1);
      for (const i of beginning) {
        const place = this.#placeIn(live, i);
        for (const other of this.#overlapping(live, place, i)) {
          if (!this.#isInPlace(other, i, tick))
            this.found.push(`tick ${tick}: buffers ${other} and ${i} share bytes`);
        }
        live.splice(place, 0, i);
        ends[Math.min(end[i]!, ends.length - 1)]!.push(i);
      }
    });
  }

  /** Where the first live buffer is that is not at a lower offset. */
  #placeIn(live: readonly number[], i: number): number {
    const {offsets} = this.#schedule;
    let low = 0;
    let high = live.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[live[middle]!]! < offsets[i]!) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Live buffers that share bytes with `i`; those in place are at one offset, all others apart. */
  *#overlapping(live: readonly number[], place: number, i: number): Generator<number> {
    const {offsets, tensorOf} = this.#schedule;
    const top = (k: number) => offsets[live[k]!]! + this.#problem.tensors[tensorOf[live[k]!]!]!.size;
    for (let k = place - 1; k >= 0; k--) {
      if (top(k) > offsets[i]!) yield live[k]!;
      else if (offsets[live[k - 1] ?? -1] !== offsets[live[k]!]) break;
    }
    const end = offsets[i]! + this.#problem.tensors[tensorOf[i]!]!.size;
    for (let k = place; k < live.length && offsets[live[k]!]! < end; k++) yield live[k]!;
  }

  /** Whether `output`, which begins at this tick, is written over `input` by an operator that may do so. */
  #isInPlace(input: number, output: number, tick: number): boolean {
    const {steps, end, tensorOf, offsets} = this.#schedule;
    const {kind, operator = -1} = steps[tick]!;
    if (kind !== 'run' && kind !== 'again') return false;
    const find = lookUp(this.#problem.tensors);
    const over = this.#problem.operators[operator]!.inPlace ?? [];
    const isFirst = this.#outputs[operator]![0] === tensorOf[output];
    const isOver = over.some(ref => this.#root[find(ref)] === tensorOf[input]);
    const isSmaller =
      this.#problem.tensors[tensorOf[output]!]!.size <= this.#problem.tensors[tensorOf[input]!]!.size;
    return isFirst && isOver && isSmaller && end[input] === tick + 1 && offsets[input] === offsets[output];
  }
}

/** Index by index or by name. */
function lookUp(named: readonly {readonly id?: string}[]): (ref: OperatorRef) => number {
  let places: Map<string, number> | undefined;
  return ref => {
    if (typeof ref === 'number') return ref;
    places ??= new Map(named.flatMap(({id}, i) => (id === undefined ? [] : [[id, i] as const])));
    return places.get(ref) ?? -1;
  };
}
