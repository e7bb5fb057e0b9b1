/** The list of changes that the page keeps for a file. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ListedChange} from '../../bindings/explain/changes/contract.ts';
import {addChange, moveChange, removeChange, toggleChange} from '../../web/state/changes.ts';
import type {FileModel} from '../../web/state/file.ts';

/** As much of a file as the actions use. */
function fileWith(...changes: ListedChange[]) {
  const state = {choice: {changes: changes as readonly ListedChange[]}};
  return {
    store: {state},
    async replan(change: {readonly changes: readonly ListedChange[]}) {
      state.choice = {...state.choice, ...change};
    },
  } as unknown as FileModel;
}

const listOf = (file: FileModel) => file.store.state.choice.changes;
const half: ListedChange = {kind: 'scale', factor: '1/2', of: 'batch'};
const third: ListedChange = {kind: 'scale', factor: '1/3', of: 'batch'};
const off: ListedChange = {kind: 'offload', of: {category: ['gradients']}};

test('a change gives way to one of the same kind and selection, and to no other', () => {
  const file = fileWith(half, off);
  addChange(file, third);
  assert.deepEqual(listOf(file), [off, third]);
  addChange(file, {kind: 'offload', of: {category: ['activations']}});
  assert.equal(listOf(file).length, 3);
});

test('a change is moved, only listed, and removed by its place', () => {
  const file = fileWith(half, off);
  moveChange(file, 1, -1);
  assert.deepEqual(listOf(file), [off, half]);
  toggleChange(file, 0);
  assert.deepEqual(listOf(file), [{...off, off: true}, half]);
  toggleChange(file, 0);
  removeChange(file, 1);
  assert.deepEqual(listOf(file), [off]);
});
