/** What if: the problem with a list of changes, and what there is in a file to change. */
import {
  applyChanges,
  type CategorySum,
  type ChangedProblem,
  type ChangeEffect,
  categorySums,
  functionOf,
  type ListedChange,
  problemFacts,
  type Selection,
} from '../../bindings/explain/changes/index.ts';
import type {BufferFacts} from '../../bindings/model/buffer-facts.ts';
import type {ProblemColumns} from '../../bindings/model/problem.ts';
import {type Imported, type StepProblem, stepFacts} from '../../bindings/trace.ts';

/** A problem as recorded, and with changes. */
export interface ChangedTask {
  /** Without the changes. */
  readonly recorded: ProblemColumns;
  /** What is known of its buffers; found when first asked for. */
  readonly facts: () => BufferFacts;
  readonly changed: ChangedProblem | undefined;
}

/** A call that a checkpoint may be of. */
export interface Place {
  readonly text: string;
  readonly of: Selection;
  /** Of its activations. */
  readonly bytes: number;
  /** Whether the chosen item is allocated in it. */
  readonly isChosen: boolean;
}

export interface Offers {
  readonly categories: readonly CategorySum[];
  /** Element types; none where the file records none. */
  readonly types: readonly string[];
  /** Those of the chosen item first, then the largest. */
  readonly places: readonly Place[];
}

export interface ChangesInfo {
  readonly effects: readonly ChangeEffect[];
  /** Bytes that are not planned, without the changes and with them; what stays for transfers is among the latter. */
  readonly persistent: {readonly before: number; readonly after: number};
}

const MOST_PLACES = 60;

export function factsOf(
  imported: Imported,
  step: StepProblem | undefined,
  problem: ProblemColumns,
): BufferFacts {
  return imported.kind === 'trace' ? stepFacts(imported.trace, step!) : problemFacts(problem, imported);
}

/** Undefined where none of the changes is on. */
export function changedBy(
  problem: ProblemColumns,
  facts: () => BufferFacts,
  changes: readonly ListedChange[],
): ChangedProblem | undefined {
  return changes.every(({off}) => off) ? undefined : applyChanges(problem, facts(), {changes});
}

export function changesInfo({changed, facts}: ChangedTask): ChangesInfo | undefined {
  if (!changed) return undefined;
  const {effects, persistent, stays} = changed;
  const before = sumOf(facts().persistent);
  return {effects, persistent: {before, after: sumOf(persistent) + stays}};
}

function sumOf(persistent: BufferFacts['persistent']): number {
  return persistent.reduce((sum, {bytes}) => sum + bytes, 0);
}

/** @param item the chosen one. */
export function offersOf(
  {recorded, facts, itemOf}: ChangedTask & {readonly itemOf: (buffer: number) => number},
  item: number | undefined,
): Offers {
  const known = facts();
  const places = new Places();
  const types = new Set<string>();
  for (let buffer = 0; buffer < recorded.count; buffer++) {
    const type = known.type?.(buffer) ?? '';
    if (type !== '') types.add(type);
    if (known.phase(buffer) !== 'forward') continue;
    const isActivation = known.category(buffer) === 'activations';
    places.add(known, buffer, isActivation ? recorded.size[buffer]! : 0, itemOf(buffer) === item);
  }
  return {
    categories: categorySums(recorded, known),
    types: [...types].sort(),
    places: known.phases.some(({phase}) => phase === 'backward') ? places.list() : [],
  };
}

class Places {
  readonly #functions = new Map<readonly string[], ReadonlySet<string>>();
  readonly #found = new Map<string, {of: Selection; bytes: number; isChosen: boolean}>();

  /** The module, the functions and the operation that allocate a buffer. */
  add(facts: BufferFacts, buffer: number, bytes: number, isChosen: boolean): void {
    const [module, operation] = [facts.module(buffer), facts.operation(buffer)];
    if (module !== '') this.#put(module, {module}, bytes, isChosen);
    for (const frame of this.#functionsOf(facts.frames(buffer))) this.#put(frame, {frame}, bytes, isChosen);
    if (operation !== '') this.#put(operation, {operation}, bytes, isChosen);
  }

  /** Stacks are few, however many buffers there are: each is looked at once. */
  #functionsOf(frames: readonly string[]): ReadonlySet<string> {
    const known = this.#functions.get(frames) ?? new Set(frames.map(functionOf));
    this.#functions.set(frames, known);
    return known;
  }

  #put(text: string, of: Selection, bytes: number, isChosen: boolean): void {
    const place = this.#found.get(text);
    if (!place) this.#found.set(text, {of, bytes, isChosen});
    else {
      place.bytes += bytes;
      place.isChosen ||= isChosen;
    }
  }

  list(): Place[] {
    return [...this.#found]
      .map(([text, place]) => ({text, ...place}))
      .filter(({bytes}) => bytes > 0)
      .sort((a, b) => Number(b.isChosen) - Number(a.isChosen) || b.bytes - a.bytes)
      .slice(0, MOST_PLACES);
  }
}
