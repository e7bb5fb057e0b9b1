/**
 * Mutants of the planner's policy, made by hand: each breaks a decision that only large or hard problems show. All of
 * them must be killed. The patterns follow the sources; `mutation.test.ts` fails when one no longer applies.
 */
export interface NamedMutant {
  readonly rule: string;
  readonly file: string;
  /** Must occur exactly once. */
  readonly from: string | RegExp;
  readonly to: string;
}

const SUBSOLVERS = 'bindings/planner/subsolvers.ts';
const SOLVE = 'bindings/planner/solve.ts';
const EXECUTOR = 'bindings/planner/executor.ts';

export const POLICY: readonly NamedMutant[] = [
  {rule: 'small problems are planned as large ones', file: SUBSOLVERS, from: /FEW = 1000/, to: 'FEW = 10'},
  {
    rule: 'very many begin at 20,000 buffers',
    file: SUBSOLVERS,
    from: /VERY_MANY = 60_000/,
    to: 'VERY_MANY = 20_000',
  },
  {
    rule: 'the exact search has no dives beside it',
    file: SUBSOLVERS,
    from: /\['exact', 'dives', 'dives', 'dives'\]/,
    to: "['exact']",
  },
  {
    rule: 'the proof has no head start',
    file: SUBSOLVERS,
    from: /after: .*,/,
    to: 'after: 0,',
  },
  {rule: 'dives prove', file: EXECUTOR, from: /ROLE\.DIVES/, to: 'ROLE.PROVES'},
  {
    rule: 'subsolvers after hints use the numbers of those before',
    file: SOLVE,
    from: /AFTER_HINTS = 1000/,
    to: 'AFTER_HINTS = 0',
  },
  {
    rule: 'subsolvers never learn of the plans of others',
    file: SOLVE,
    from: /known === \S+ \?/,
    to: 'known !== undefined ?',
  },
  {
    rule: 'two heuristics run before the search of many buffers',
    file: SUBSOLVERS,
    from: /FIRST_HEURISTICS = 3/,
    to: 'FIRST_HEURISTICS = 2',
  },
  {
    rule: 'bundles are packed with few nodes',
    file: 'bindings/constraints/pack.ts',
    from: /LONG_NODES = 60_000/,
    to: 'LONG_NODES = 60',
  },
];

/** @throws Error where the text has not exactly one place to change */
export function appliedByName(text: string, {rule, file, from, to}: NamedMutant): string {
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} places for the mutant "${rule}": mend its pattern`);
  }
  return parts.join(to);
}
