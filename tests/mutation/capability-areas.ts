/** What goes beyond sizes and lifetimes, area by area: its sources, the tests that guard them, and mutants that each break a rule. */
import type {NamedMutant} from './policy.ts';

export interface Area {
  readonly name: string;
  /** Sources that are mutated: all of these folders, and these files. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Below `tests/`, without `.test.ts`; the quick and sharp ones first. */
  readonly tests: readonly string[];
  readonly named: readonly NamedMutant[];
}

const CONCURRENCY = 'bindings/concurrency';
const CLOCKS = 'bindings/trace/clocks';
const CONSTRAINTS = 'bindings/constraints';
const STAY = 'bindings/stay';
const FIT = 'bindings/operators/fit';
const SYMBOLIC = 'bindings/symbolic';
const ORDER = 'bindings/operators/order';

export const AREAS: readonly Area[] = [
  {
    name: 'streams',
    folders: ['bindings/concurrency', 'bindings/trace/clocks'],
    files: ['bindings/model/check-clocks.ts', 'bindings/planner/clocks-planner.ts'],
    tests: [
      'concurrency/search',
      'concurrency/clocks',
      'concurrency/brute',
      'trace/clocks/clocks',
      'trace/clocks/said',
      'concurrency/properties',
    ],
    named: [
      {
        rule: 'a plan that repeats needs one way only',
        file: `${CONCURRENCY}/pieces.ts`,
        from: 'return this.next === undefined || this.isKnown(q, this.next, p);',
        to: 'return true;',
      },
      {
        rule: 'any order is an interval order',
        file: `${CONCURRENCY}/interval-order.ts`,
        from: 'if (ended !== levels[k]) return undefined;',
        to: '',
      },
      {
        rule: 'equal buffers are placed in any order',
        file: `${CONCURRENCY}/exact.ts`,
        from: 'return twin < 0 || this.#isPlaced[twin] === 1;',
        to: 'return twin < 0;',
      },
      {
        rule: 'an order may leave knowledge out',
        file: `${CONCURRENCY}/order.ts`,
        from: 'if (here !== undefined && !knowsAll(pieces, p, here)) return false;',
        to: '',
      },
      {
        rule: 'a use that did not wait raises the birth',
        file: `${CLOCKS}/block-clocks.ts`,
        from: 'entries[c] = Math.min(entries[c]!,',
        to: 'entries[c] = Math.max(entries[c]!,',
      },
      {
        rule: 'one iteration that makes a wait is enough',
        file: `${CLOCKS}/repeated-syncs.ts`,
        from: 'names.every((has',
        to: 'names.some((has',
      },
      {
        rule: 'a carried pair ends with its later block',
        file: `${CLOCKS}/step-clocks.ts`,
        from: 'this.#at(this.#of.death, carriedIn ?? block)',
        to: 'this.#at(this.#of.death, block)',
      },
      {
        rule: 'uses on streams are not counted',
        file: `${CLOCKS}/linear.ts`,
        from: 'this.clocks.use(block, stream, position);',
        to: '',
      },
    ],
  },
  {
    name: 'sizes',
    folders: [],
    files: [
      'bindings/model/sizes.ts',
      `${CONSTRAINTS}/windows.ts`,
      `${CONSTRAINTS}/distances.ts`,
      `${CONSTRAINTS}/verify-windows.ts`,
      'bindings/trace/importers/csv/windows.ts',
    ],
    tests: ['constraints/sizes', 'constraints/changing'],
    named: [
      {
        rule: 'bytes are not held',
        file: `${CONSTRAINTS}/windows.ts`,
        from: 'pieces[k + 1]! + ticks]',
        to: 'pieces[k + 1]!]',
      },
      {
        rule: 'the verifier does not hold bytes',
        file: `${CONSTRAINTS}/verify-windows.ts`,
        from: 'until + (hold?.ticks ?? 0)',
        to: 'until',
      },
      {
        rule: 'after a window of a CSV nothing is in use',
        file: 'bindings/trace/importers/csv/windows.ts',
        from: 'sizes.push([to, 0, size])',
        to: 'sizes.push([to, 0, 0])',
      },
    ],
  },
  {
    name: 'stay',
    folders: ['bindings/stay'],
    files: [],
    tests: ['stay/brute-force', 'stay/replan'],
    named: [
      {
        rule: 'buffers that can stay are a core',
        file: `${STAY}/cores.ts`,
        from: 'if (!answer.plan && answer.isProven) core',
        to: 'if (answer.isProven) core',
      },
      {
        rule: 'a slack goes beyond the capacity',
        file: `${STAY}/replan.ts`,
        from: 'Math.max(peak, Math.min(allowed, capacity))',
        to: 'allowed',
      },
    ],
  },
  {
    name: 'symbolic',
    folders: ['bindings/symbolic'],
    files: [
      'bindings/model/symbolic-columns.ts',
      'bindings/model/dimension-values.ts',
      'bindings/model/fit-sizes.ts',
    ],
    tests: ['symbolic/symbolic', 'symbolic/fit', 'symbolic/recordings', 'symbolic/runtime'],
    named: [
      {
        rule: 'one place of a stretch is raised',
        file: `${SYMBOLIC}/skyline.ts`,
        from: 'while (this.#starts[last + 1]! < to) this.#touch(this.#tops[++last]!);',
        to: 'while (this.#starts[last + 1]! < to) last++;',
      },
      {
        rule: 'the guarantee counts no padding',
        file: `${SYMBOLIC}/guarantee.ts`,
        from: 'const padding = granule < alignment ? (alignment - granule) * scale : 0;',
        to: 'const padding = 0;',
      },
      {
        rule: 'orders of buffers that conflict are left out',
        file: `${SYMBOLIC}/best-order.ts`,
        from: '(last > k && !this.#conflicts[k]![last]!)',
        to: 'last > k',
      },
      {
        rule: 'the shortest recorded lifetime holds',
        file: `${SYMBOLIC}/fit-recordings.ts`,
        from: 'end[m] = Math.max(end[m]!, low);',
        to: 'end[m] = low;',
      },
      {
        rule: 'a plan is followed although an iteration differed',
        file: 'bindings/runtime/family.ts',
        from: 'if (!this.#plan || this.#isDoubted) return undefined;',
        to: 'if (!this.#plan) return undefined;',
      },
    ],
  },
  {
    name: 'order',
    folders: ['bindings/operators/order'],
    files: ['bindings/operators/graph.ts', 'bindings/operators/lifetimes.ts', 'bindings/operators/verify.ts'],
    tests: ['operators/graph', 'operators/search', 'operators/order'],
    named: [
      {
        rule: 'valleys are states that are higher than the base',
        file: `${ORDER}/walk.ts`,
        from: 'states.live[slot]! <= base &&',
        to: 'states.live[slot]! >= base &&',
      },
      {
        rule: 'branches with other readers are alike',
        file: `${ORDER}/branches.ts`,
        from: '!listOf(readers, t).every(isOwn)',
        to: 'listOf(readers, t).every(isOwn)',
      },
      {
        rule: 'the highest refused step is the next limit',
        file: `${ORDER}/runner.ts`,
        from: 'if (needed < this.refused) this.refused = needed;',
        to: 'if (needed > this.refused) this.refused = needed;',
      },
      {
        rule: 'an order that saves nothing replaces the listed one',
        file: `${ORDER}/order.ts`,
        from: 'other.plan.peak < one.plan.peak',
        to: 'other.plan.peak <= one.plan.peak',
      },
      {
        rule: 'inputs and outputs are live together',
        file: `${ORDER}/bound.ts`,
        from: 'Math.max(network.inputs, network.outputs)',
        to: 'network.inputs + network.outputs',
      },
    ],
  },
  {
    name: 'fit',
    folders: ['bindings/operators/fit'],
    files: [],
    tests: ['operators/fit/fit'],
    named: [
      {
        rule: 'an operator is repeated after what must follow it',
        file: `${FIT}/graph.ts`,
        from: 'repeatable[p] = Math.min(repeatable[p]!, place[v]!);',
        to: '',
      },
      {
        rule: 'what is written over counts twice',
        file: `${FIT}/exact.ts`,
        from: 'if (move.over !== undefined) bytes -= size[move.makes[0]!]!;',
        to: '',
      },
      {
        rule: 'the verifier lets effects be repeated',
        file: `${FIT}/verify.ts`,
        from: 'if (this.#spent.has(v))',
        to: 'if (false)',
      },
      {
        rule: 'every schedule is called optimal',
        file: `${FIT}/answer.ts`,
        from: "return cost <= bound ? 'optimal' : 'feasible';",
        to: "return 'optimal';",
      },
    ],
  },
];
