/** Actions on the list of changes of a file. Each plans anew at once. */
import type {ChangeList, ListedChange} from '../../bindings/explain/changes/contract.ts';
import type {FileModel} from './file.ts';
import type {Source} from './source.ts';

/** A list is made by people: what is larger is a recording. */
const MOST_BYTES = 1 << 20;

/** Adds a change; one of the same kind and selection gives way to it. */
export function addChange(file: FileModel, change: ListedChange): void {
  const same = keyOf(change);
  void file.replan({changes: [...changesOf(file).filter(one => keyOf(one) !== same), change]});
}

export function removeChange(file: FileModel, index: number): void {
  void file.replan({changes: changesOf(file).filter((_, k) => k !== index)});
}

/** Makes a change, or only lists it. */
export function toggleChange(file: FileModel, index: number): void {
  const changes = changesOf(file).map((change, k) => {
    if (k !== index) return change;
    const {off, ...on} = change;
    return off ? on : {...on, off: true};
  });
  void file.replan({changes});
}

/** @param by −1 for earlier, 1 for later. */
export function moveChange(file: FileModel, index: number, by: -1 | 1): void {
  const changes = [...changesOf(file)];
  const [moved] = changes.splice(index, 1);
  changes.splice(index + by, 0, moved!);
  void file.replan({changes});
}

/** The list in place of the current one, with its options. @throws UsageError naming the place in the text. */
export async function openChanges(file: FileModel, text: string): Promise<ChangeList> {
  const list = await file.ask(worker => worker.changes.read(text));
  const {alignment, dims = {}, hold} = list.options ?? {};
  void file.replan({changes: list.changes, alignment, dims, hold});
  return list;
}

/** The current list, as a text. */
export function writtenChanges(file: FileModel): Promise<string> {
  const {changes, alignment, dims, hold} = file.store.state.choice;
  const options = {
    ...(alignment === undefined ? {} : {alignment}),
    ...(Object.keys(dims).length === 0 ? {} : {dims}),
    ...(hold === undefined ? {} : {hold}),
  };
  return file.ask(worker => worker.changes.write({options, changes}));
}

/** Keeps the current plan for comparison; one of the same name gives way to it. */
export function keepScenario(file: FileModel, name: string): void {
  const {plan, planned, scenarios, task} = file.store.state;
  if (!plan || !planned || !task) return;
  const {peak, lowerBound, status} = plan;
  const kept = task.changes?.persistent.after ?? task.beside;
  const scenario = {
    name,
    choice: planned,
    peak,
    lowerBound,
    isProven: status === 'optimal',
    needed: peak + kept,
  };
  file.store.set({scenarios: [...scenarios.filter(one => one.name !== name), scenario]});
}

export function dropScenario(file: FileModel, name: string): void {
  file.store.set({scenarios: file.store.state.scenarios.filter(one => one.name !== name)});
}

/** Whether a source is a list of changes: by its content. */
export async function isChangeList({blob}: Source): Promise<boolean> {
  if (!blob || blob.size > MOST_BYTES) return false;
  const head = await blob.slice(0, 4096).text();
  return /^\s*\{/.test(head) && head.includes('"stowage.changes/');
}

function changesOf(file: FileModel): readonly ListedChange[] {
  return file.store.state.choice.changes;
}

/** What a second one of would replace the first. */
function keyOf({kind, of}: ListedChange): string {
  return `${kind} ${JSON.stringify(of)}`;
}
