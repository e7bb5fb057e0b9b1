/**
 * Which blocks of a program of streams must not share bytes, by reachability in the graph of all its work. Shares nothing with
 * `bindings/trace/clocks`: no clocks, no positions, a node for each action.
 */

/** What the host does, in its order. Blocks are numbers. */
export type Action =
  | {readonly do: 'malloc' | 'free'; readonly block: number; readonly stream: number}
  | {readonly do: 'use'; readonly block: number; readonly stream: number}
  | {readonly do: 'record'; readonly fence: number; readonly stream: number}
  /** Without a stream: the host. */
  | {readonly do: 'wait'; readonly fence: number; readonly stream?: number}
  /** Without a stream: for the device. */
  | {readonly do: 'sync'; readonly stream?: number};

/** Whether all work on block x is before all work on block y, whatever the streams do. */
export type Follows = (x: number, y: number) => boolean;

export function reachability(actions: readonly Action[]): Follows {
  const after: number[][] = [];
  const node = (...from: (number | undefined)[]): number => {
    const own = after.push([]) - 1;
    for (const one of from) if (one !== undefined) after[one]!.push(own);
    return own;
  };
  const lastOf = new Map<number, number>();
  const fences = new Map<number, number>();
  let host: number | undefined;
  /** Work that the host gives to a stream now. */
  const work = (stream: number, ...from: (number | undefined)[]): number => {
    const own = node(lastOf.get(stream), host, ...from);
    lastOf.set(stream, own);
    return own;
  };
  const mallocAt = new Map<number, number>();
  const freeAt = new Map<number, number>();
  const workOf = new Map<number, number[]>();
  const addWork = (block: number, own: number): void => {
    workOf.set(block, [...(workOf.get(block) ?? []), own]);
  };
  actions.forEach((action, at) => {
    if (action.do === 'record') fences.set(action.fence, work(action.stream));
    else if (action.do === 'wait') {
      if (action.stream === undefined) host = node(host, fences.get(action.fence));
      else work(action.stream, fences.get(action.fence));
    } else if (action.do === 'sync') {
      host = node(host, ...(action.stream === undefined ? lastOf.values() : [lastOf.get(action.stream)]));
    } else {
      addWork(action.block, work(action.stream));
      if (action.do === 'malloc') mallocAt.set(action.block, at);
      if (action.do === 'free') freeAt.set(action.block, at);
    }
  });
  const reached = reach(after);
  return (x, y) => {
    if (!(freeAt.get(x)! < mallocAt.get(y)!)) return false;
    return workOf.get(x)!.every(from => workOf.get(y)!.every(to => reached(from, to)));
  };
}

/** Edges go from lower to higher nodes. */
function reach(after: readonly (readonly number[])[]): (from: number, to: number) => boolean {
  const sets: bigint[] = [];
  for (let node = after.length - 1; node >= 0; node--)
    sets[node] = after[node]!.reduce((set, next) => set | sets[next]!, 1n << BigInt(node));
  return (from, to) => ((sets[from]! >> BigInt(to)) & 1n) === 1n;
}
