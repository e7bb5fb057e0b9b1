/** The missing wait: the program that makes it has the bound that was promised, and no other wait tried promises less. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {concurrencyBoundOf} from '../../../bindings/index.ts';
import {missingWaits, stepProblem} from '../../../bindings/trace.ts';
import {seeded} from '../../random.ts';
import {share} from '../../share.ts';
import {conflictsOf} from './conflicts.ts';
import {randomIteration, randomProgram, recorded, repeated} from './programs.ts';
import type {Action} from './reachability.ts';

const size = (block: number) => 1 + ((block * 7) % 9);

/** The program with the wait right before the allocation of a block, its fence recorded there as well. */
function withWait(actions: readonly Action[], block: number, stream: number, waitsFor: number): Action[] {
  const at = actions.findIndex(action => action.do === 'malloc' && action.block === block);
  const wait: Action[] = [
    {do: 'record', fence: 99, stream: waitsFor},
    {do: 'wait', fence: 99, stream},
  ];
  return [...actions.slice(0, at), ...wait, ...actions.slice(at)];
}

test('the best wait gives the bound that it promises, once the program makes it', () => {
  let helped = 0;
  for (let seed = 0; seed < share(300); seed++) {
    const random = seeded(seed);
    const isCyclic = seed % 2 === 1;
    const program = isCyclic ? randomIteration(random, 6) : randomProgram(random, 9);
    const recordedStep = (actions: readonly Action[]) => {
      const {actions: all, borders} = isCyclic ? repeated(actions, 4) : {actions, borders: []};
      const trace = recorded(all, block => size(block % 1000), borders);
      const step = stepProblem(trace, isCyclic ? {iteration: 2, lifetimes: 'cyclic'} : {iteration: 'window'});
      return {trace, step};
    };
    const {trace, step} = recordedStep(program);
    if (!step.concurrency) continue;
    const {lowerBound, best, buffers} = missingWaits(trace, step, concurrencyBoundOf);
    assert.equal(lowerBound, concurrencyBoundOf(step.problem).lowerBound);
    const conflicts = new Set(conflictsOf(step.problem).map(pair => pair.join()));
    for (const i of buffers)
      for (const j of buffers) assert.ok(i >= j || conflicts.has(`${i},${j}`), `seed ${seed}`);
    if (!best) continue;
    helped++;
    assert.ok(best.lowerBound < lowerBound);
    const block = Number(trace.blocks.address[step.blocks[best.before]!]) % 1000;
    // streams are numbered as they are, if they appear in that order
    const own = program.find(action => action.do === 'malloc' && action.block === block)!;
    const handles = handlesOf(trace.blocks.stream, trace.foreignUses?.stream);
    const changed = withWait(
      program,
      block,
      (own as {stream: number}).stream,
      handles.indexOf(best.waitsFor),
    );
    const after = concurrencyBoundOf(recordedStep(changed).step.problem).lowerBound;
    assert.equal(after, best.lowerBound, `seed ${seed}`);
  }
  assert.ok(helped > share(300) / 10, 'helps often enough to be a test');
});

/** Names of streams by their handle, as they appear. */
function handlesOf(blocks: BigUint64Array, uses: BigUint64Array = new BigUint64Array(0)): string[] {
  const numbers = new Map<bigint, number>([[0n, 0]]);
  for (const handle of [...blocks, ...uses]) if (!numbers.has(handle)) numbers.set(handle, numbers.size);
  const names: string[] = [];
  for (const [handle, number] of numbers) names[Number(handle)] = `stream ${number}`;
  return names;
}
