/** Sizes that change, bytes that are held, and both beside other constraints, against brute force: 1,000 seeded tiny problems each. */
import {testKind} from './against-brute-force.ts';

testKind('sizes', {rigid: 300, infeasible: 5});
testKind('hold', {infeasible: 20});
testKind('changing', {rigid: 200, spread: 50, inPlace: 20, infeasible: 20, contradictory: 5});
