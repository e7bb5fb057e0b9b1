/**
 * The least extra cost of keeping to a capacity, by Dijkstra over everything that could be done: drop a tensor, move one out or in, run
 * an operator for the first time or again, each as a step of its own. Works on the problem as people state it; shares no code with the library.
 */
import type {OperatorProblem} from '../../../bindings/model/operators.ts';

export interface Rules {
  readonly capacity: number;
  readonly recompute: boolean;
  /** Cost of moving a byte once, rounded up per tensor; nothing is moved where absent. */
  readonly costPerByte?: number;
}

interface State {
  readonly done: number;
  readonly present: number;
  readonly saved: number;
}

/** @returns the least cost; undefined where no schedule keeps to the capacity. First runs are in the listed order. */
export function leastExtraCost(problem: OperatorProblem, rules: Rules): number | undefined {
  const {tensors, operators} = problem;
  const root = (t: number): number =>
    tensors[t]!.viewOf === undefined ? t : root(tensors[t]!.viewOf as number);
  const isView = (t: number) => tensors[t]!.viewOf !== undefined;
  const bit = (t: number) => 2 ** root(t);
  const union = (list: readonly number[]) => list.reduce((bits, t) => bits | bit(t), 0);
  const written = operators.flatMap(({outputs}) => outputs as number[]);
  const steps = operators.map(({inputs, outputs, inPlace = [], cost, after = []}) => {
    const made = (outputs as number[]).filter(t => !isView(t));
    const makes = union(made);
    const viewed = (outputs as number[]).filter(isView);
    return {
      reads: union([...(inputs as number[]), ...viewed]) & ~makes,
      makes,
      first: made[0],
      over: (inPlace as number[]).map(root),
      cost: rules.recompute ? cost : undefined,
      after: after as number[],
    };
  });
  const goal = tensors.reduce((bits, {output}, t) => (output ? bits | bit(t) : bits), 0);
  const bytesOf = (set: number) =>
    tensors.reduce((bytes, {size}, t) => bytes + (!isView(t) && set & (1 << t) ? size : 0), 0);
  const isRead = steps.reduce((bits, {reads}) => bits | reads, goal);
  const inputs = tensors.reduce((set, _, t) => (isView(t) || written.includes(t) ? set : set | bit(t)), 0);
  const start = inputs & isRead;
  if (bytesOf(start) > rules.capacity) return undefined;

  const distance = new Map<number, number>();
  const values = 2 ** tensors.length;
  const keyOf = ({done, present, saved}: State) => (done * values + present) * values + saved;
  // states by their cost
  const queue: State[][] = [];
  const reach = (state: State, cost: number): void => {
    const key = keyOf(state);
    if ((distance.get(key) ?? Number.POSITIVE_INFINITY) <= cost) return;
    distance.set(key, cost);
    queue[cost] ??= [];
    queue[cost].push(state);
  };
  reach({done: 0, present: start, saved: 0}, 0);
  const visit = ({done, present, saved}: State, cost: number): void => {
    const state = {done, present, saved};
    tensors.forEach(({size}, t) => {
      if (isView(t)) return;
      const own = 1 << t;
      if (present & own) reach({...state, present: present & ~own}, cost);
      if (rules.costPerByte === undefined) return;
      const moving = Math.ceil(size * rules.costPerByte);
      if (present & own && !(saved & own)) reach({...state, saved: saved | own}, cost + moving);
      if (saved & own && !(present & own) && bytesOf(present | own) <= rules.capacity)
        reach({...state, present: present | own}, cost + moving);
    });
    steps.forEach(({reads, makes, first, over, cost: again}, v) => {
      const isFirst = v === done;
      if (v > done || (reads & ~present) !== 0) return;
      if (!isFirst) {
        if (again === undefined) return;
        if (steps.some(({after}, u) => u < done && after.includes(v))) return;
      }
      const then = isFirst ? done + 1 : done;
      const price = isFirst ? cost : cost + again!;
      const during = bytesOf(present | makes);
      if (during <= rules.capacity) reach({done: then, present: present | makes, saved}, price);
      for (const s of over) {
        const size = tensors[first!]!.size;
        if (tensors[s]!.size < size || size === 0 || goal & (1 << s) || !(present & (1 << s))) continue;
        if (during - size <= rules.capacity)
          reach({done: then, present: (present | makes) & ~(1 << s), saved}, price);
      }
    });
  };
  for (let cost = 0; cost < queue.length; cost++) {
    for (const state of queue[cost] ?? []) {
      if (distance.get(keyOf(state))! < cost) continue;
      if (state.done === operators.length && (goal & ~state.present) === 0) return cost;
      visit(state, cost);
    }
  }
  return undefined;
}
