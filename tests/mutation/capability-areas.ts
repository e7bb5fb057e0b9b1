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

export const AREAS: readonly Area[] = [
  {
    name: 'streams',
    folders: ['bindings/concurrency', 'bindings/trace/clocks'],
    files: ['bindings/model/check-clocks.ts', 'bindings/planner/clocks-planner.ts'],
    tests: [
      'concurrency/brute',
      'concurrency/clocks',
      'trace/clocks/clocks',
      'trace/clocks/studied',
      'trace/clocks/said',
    ],
    named: [],
  },
  {
    name: 'sizes',
    folders: [],
    files: [
      'bindings/model/sizes.ts',
      'bindings/constraints/slices.ts',
      'bindings/constraints/verify-windows.ts',
    ],
    tests: ['constraints/changing', 'constraints/sizes'],
    named: [],
  },
  {
    name: 'stay',
    folders: ['bindings/stay'],
    files: [],
    tests: ['stay/brute-force', 'stay/replan'],
    named: [],
  },
  {
    name: 'symbolic',
    folders: ['bindings/symbolic'],
    files: [
      'bindings/model/symbolic-columns.ts',
      'bindings/model/dimension-values.ts',
      'bindings/model/fit-sizes.ts',
    ],
    tests: ['symbolic/symbolic', 'symbolic/fit'],
    named: [],
  },
  {
    name: 'order',
    folders: ['bindings/operators/order'],
    files: ['bindings/operators/graph.ts', 'bindings/operators/lifetimes.ts', 'bindings/operators/verify.ts'],
    tests: ['operators/graph', 'operators/order', 'operators/search'],
    named: [],
  },
  {
    name: 'fit',
    folders: ['bindings/operators/fit'],
    files: [],
    tests: ['operators/fit/fit'],
    named: [],
  },
];
