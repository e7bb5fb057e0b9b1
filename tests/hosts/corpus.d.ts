import type {Planner, Problem} from '../../bindings/index.ts';

export function runCorpus(planner: Planner): Record<string, string>;
export function corpus(): Generator<[name: string, problem: Problem]>;
