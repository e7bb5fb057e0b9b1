/** The calls that led to allocations, as a tree with sums; part of the entry `stowage/trace`. */
export {
  type CallItems,
  type Extra,
  FAILED_REQUEST,
  type ItemsWindow,
  problemItems,
  traceItems,
} from './call-items.ts';
export {
  type CallSums,
  callSums,
  describeMeasure,
  knownMeasures,
  MEASURES,
  type Measure,
  unitOf,
} from './call-sums.ts';
export {type CallTree, callTree, childrenOf, depthOf, nameOfCall, wayTo} from './call-tree.ts';
export {type Call, type CallPaths, NO_PATH} from './calls.ts';
export {foldedStacks, heaviestChildren, nodesInOrder} from './order.ts';
export {problemCalls} from './problem-calls.ts';
export {type Grouping, type TraceCallOptions, traceCalls} from './trace-calls.ts';
