/** The calls behind the items of a file: a tree for each grouping and direction, made when it is first asked for. */
import {type FlameColours, flameColours} from '../../bindings/pictures/index.ts';
import {
  type CallItems,
  type CallPaths,
  type CallSums,
  type CallTree,
  callSums,
  callTree,
  type Grouping,
  type Imported,
  type Measure,
  NO_PATH,
  problemCalls,
  problemItems,
  recordingPeak,
  traceCalls,
  traceItems,
} from '../../bindings/trace.ts';

/** Which tree. */
export interface TreeChoice {
  readonly by: Grouping;
  /** Whether the innermost call comes first. */
  readonly isReversed: boolean;
}

/** One call of a tree. */
export interface CallChoice extends TreeChoice {
  readonly node: number;
}

export interface SumsChoice extends TreeChoice {
  readonly measure: Measure;
  /** The chosen moment; the peak where undefined. */
  readonly moment: number | undefined;
}

export class Calls {
  readonly #imported: Imported;
  readonly #device: number;
  readonly #paths = new Map<Grouping, CallPaths>();
  readonly #trees = new Map<string, CallTree>();
  readonly #colours = new Map<string, FlameColours>();
  #items: CallItems | undefined;
  #sums: {readonly key: string; readonly sums: CallSums} | undefined;

  constructor(imported: Imported, device: number) {
    this.#imported = imported;
    this.#device = device;
  }

  get items(): CallItems {
    this.#items ??= this.#makeItems();
    return this.#items;
  }

  tree(choice: TreeChoice): CallTree {
    return kept(this.#trees, keyOf(choice), () => {
      const extras = this.items.extras.map(({call}) => call);
      return callTree(this.#pathsBy(choice.by), extras, choice.isReversed);
    });
  }

  /** The last ones are kept: a walk through the tree asks for the same. */
  sums(choice: SumsChoice): CallSums {
    const key = `${keyOf(choice)} ${choice.measure} ${choice.measure === 'live' ? choice.moment : ''}`;
    if (this.#sums?.key !== key) {
      const moment = choice.moment === undefined ? this.items.peak : this.#momentOf(choice.moment);
      this.#sums = {key, sums: callSums(this.tree(choice), this.items, choice.measure, moment)};
    }
    return this.#sums.sums;
  }

  /** By bytes × lifetime, so that a name keeps its colour whatever is measured. */
  colours(choice: TreeChoice): FlameColours {
    return kept(this.#colours, keyOf(choice), () => {
      const tree = this.tree(choice);
      return flameColours(tree, callSums(tree, this.items, 'byte-time').values);
    });
  }

  /** Whether an item was allocated through a call. */
  through({node, ...choice}: CallChoice): (item: number) => boolean {
    const {nodeOf, end} = this.tree(choice);
    const last = end[node] ?? 0;
    return item => nodeOf[item]! >= node && nodeOf[item]! < last;
  }

  /** The node of an item's last call; undefined for an item of another device. */
  nodeOf(choice: TreeChoice, item: number): number | undefined {
    const node = this.tree(choice).nodeOf[item] ?? NO_PATH;
    return node === NO_PATH ? undefined : node;
  }

  /** A moment of the page is before the event of its number: the tree's is after an event. */
  #momentOf(moment: number): number {
    return this.#imported.kind === 'trace' ? moment - 1 : moment;
  }

  #makeItems(): CallItems {
    const imported = this.#imported;
    if (imported.kind === 'problem') return problemItems(imported.problem);
    const {event, failedRequest} = recordingPeak(imported.trace, this.#device);
    const failed = failedRequest > 0 ? {failed: {moment: event - 1, bytes: failedRequest}} : {};
    return traceItems(imported.trace, this.#device, failed);
  }

  #pathsBy(by: Grouping): CallPaths {
    const imported = this.#imported;
    return kept(this.#paths, by, () =>
      imported.kind === 'trace'
        ? traceCalls(imported.trace, this.#device, {by})
        : problemCalls(imported.problem, imported.operations, by),
    );
  }
}

const keyOf = ({by, isReversed}: TreeChoice): string => `${by} ${isReversed}`;

function kept<Key, Value>(values: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = values.get(key) ?? make();
  values.set(key, value);
  return value;
}
