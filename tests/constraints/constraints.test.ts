/** Every constraint against brute force: 1,000 seeded tiny problems each. */
import {type Tally, testKind} from './against-brute-force.ts';
import type {Kind} from './problems.ts';

/** Effects that a kind must have had in at least so many problems. */
const EXERCISED: Readonly<Partial<Record<Kind, Partial<Tally>>>> = {
  share: {rigid: 50},
  views: {rigid: 50},
  adjacent: {rigid: 200},
  inPlace: {inPlace: 100},
  pools: {spread: 300, infeasible: 30},
  separate: {spread: 300},
  scopes: {spread: 300},
  everything: {spread: 200, rigid: 50, infeasible: 10, contradictory: 10},
  combined: {inPlace: 100, rigid: 100, spread: 100, infeasible: 10, contradictory: 50},
};

for (const [kind, effects] of Object.entries(EXERCISED)) testKind(kind as Kind, effects);
