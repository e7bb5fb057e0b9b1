/** A tree of calls while paths are added: nodes in the order in which they are found, looked up by their parent and call. */

/** The path before is compared first: stacks that follow each other mostly begin alike. */
export class GrowingTree {
  count = 1;
  readonly #parent: Uint32Array;
  readonly #call: Uint32Array;
  /** Open addressing, by parent and call: node, or 0. */
  #slots = new Uint32Array(1024);

  /** @param most nodes, with the root. */
  constructor(most: number) {
    this.#parent = new Uint32Array(most);
    this.#call = new Uint32Array(most);
  }

  /** @returns the last node of each path. */
  addAll(starts: Uint32Array, steps: Uint32Array): Uint32Array {
    const count = starts.length - 1;
    const nodes = new Uint32Array(count);
    /** The nodes of the path before, by level. */
    const way: number[] = [];
    for (let path = 0, before = 0; path < count; path++) {
      const [from, to] = [starts[path]!, starts[path + 1]!];
      const most = Math.min(to - from, path === 0 ? 0 : starts[before + 1]! - starts[before]!);
      let level = 0;
      while (level < most && steps[starts[before]! + level] === steps[from + level]) level++;
      let node = level === 0 ? 0 : way[level - 1]!;
      for (; from + level < to; level++) {
        node = this.#below(node, steps[from + level]!);
        way[level] = node;
      }
      nodes[path] = node;
      before = path;
    }
    return nodes;
  }

  #below(parent: number, call: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(parent, call) & mask;
    for (let node = this.#slots[slot]!; node !== 0; node = this.#slots[slot]!) {
      if (this.#parent[node] === parent && this.#call[node] === call) return node;
      slot = (slot + 1) & mask;
    }
    const node = this.count++;
    this.#parent[node] = parent;
    this.#call[node] = call;
    this.#slots[slot] = node;
    if (2 * this.count > this.#slots.length) this.#grow();
    return node;
  }

  #grow(): void {
    this.#slots = new Uint32Array(4 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let node = 1; node < this.count; node++) {
      let slot = hashOf(this.#parent[node]!, this.#call[node]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = node;
    }
  }

  /**
   * The columns with nodes in the order of a walk through the tree, those below a node in the order in which they were found.
   * @param extra nodes right below the root behind all others, whose calls are left open.
   */
  inOrder(extra: number) {
    const {count} = this;
    const size = new Uint32Array(count).fill(1);
    for (let node = count - 1; node > 0; node--) size[this.#parent[node]!]! += size[node]!;
    // a node is found after its parent: the next free place within the parent's is its own
    const place = new Uint32Array(count);
    const free = new Uint32Array(count);
    free[0] = 1;
    const [parent, call, end] = [0, 0, 0].map(() => new Uint32Array(count + extra)) as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    for (let node = 1; node < count; node++) {
      const above = this.#parent[node]!;
      const at = free[above]!;
      free[above] = at + size[node]!;
      place[node] = at;
      free[node] = at + 1;
      parent[at] = place[above]!;
      call[at] = this.#call[node]!;
      end[at] = at + size[node]!;
    }
    for (let k = 0; k < extra; k++) end[count + k] = count + k + 1;
    end[0] = count + extra;
    return {parent, call, end, place};
  }
}

function hashOf(parent: number, call: number): number {
  const hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(call + 1, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
