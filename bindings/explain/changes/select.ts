/** The buffers that a selection is of. */
import type {BufferFacts, Category} from '../../model/buffer-facts.ts';
import {UsageError} from '../../model/errors.ts';
import {idOf, type ProblemColumns} from '../../model/problem.ts';
import {cut} from '../../model/shown.ts';
import type {BufferSelection, Selection} from './contract.ts';

/** What a batch has more of, if there is more of it. */
const BATCH: ReadonlySet<Category> = new Set(['activations', 'inputs']);

/** Ascending. @throws UsageError for a type where the file records none. */
export function selected(columns: ProblemColumns, facts: BufferFacts, of: Selection): number[] {
  const tests = of === 'batch' ? [batchTest(facts)] : testsOf(columns, facts, of);
  const found: number[] = [];
  for (let buffer = 0; buffer < columns.count; buffer++)
    if (tests.every(test => test(buffer))) found.push(buffer);
  return found;
}

/** Whether a selection is of whole categories, so that persistent blocks are of it, too. */
export function categoriesOf(of: Selection): readonly Category[] {
  if (of === 'batch') return [];
  return Object.keys(of).length === 1 ? (of.category ?? []) : [];
}

type Test = (buffer: number) => boolean;

/** Temporaries of the optimizer are as large as weights. */
function batchTest(facts: BufferFacts): Test {
  return buffer => {
    const category = facts.category(buffer);
    return BATCH.has(category) || (category === 'temporaries' && facts.phase(buffer) !== 'optimizer');
  };
}

function testsOf(columns: ProblemColumns, facts: BufferFacts, of: BufferSelection): Test[] {
  const {category, words, operation, module, frame, type, buffer: name, atLeast, atMost} = of;
  const tests: Test[] = [];
  if (atLeast !== undefined) tests.push(i => columns.size[i]! >= atLeast);
  if (atMost !== undefined) tests.push(i => columns.size[i]! <= atMost);
  if (category) tests.push(i => category.includes(facts.category(i)));
  if (name !== undefined) tests.push(i => facts.name(i) === name || idOf(columns, i) === name);
  if (operation !== undefined) tests.push(i => facts.operation(i) === operation);
  if (module !== undefined) tests.push(i => facts.module(i) === module);
  if (type !== undefined) tests.push(typeTest(facts, type));
  if (frame !== undefined) tests.push(frameTest(facts, frame));
  if (words !== undefined) tests.push(wordsTest(columns, facts, words));
  return tests;
}

function typeTest({type}: BufferFacts, wanted: string): Test {
  if (!type)
    throw new UsageError(
      `type ${cut(wanted)}: the file records no element types: select by words, by operation or by size`,
    );
  return buffer => type(buffer) === wanted;
}

/** Stacks are few, however many buffers there are: each is looked at once. */
function frameTest(facts: BufferFacts, wanted: string): Test {
  const known = new Map<readonly string[], boolean>();
  return buffer => {
    const frames = facts.frames(buffer);
    const found = known.get(frames) ?? frames.some(frame => isFrame(frame, wanted));
    known.set(frames, found);
    return found;
  };
}

/** The function is the same in each of its lines. */
export function isFrame(frame: string, wanted: string): boolean {
  return frame === wanted || functionOf(frame) === wanted;
}

/** `file:line function` without the line. */
export function functionOf(frame: string): string {
  const [, file, name] = /^(.*):\d+ (\S+)$/.exec(frame) ?? [];
  return file === undefined ? frame : `${file} ${name}`;
}

function wordsTest(columns: ProblemColumns, facts: BufferFacts, words: string): Test {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '');
  return buffer => {
    const texts = [
      idOf(columns, buffer),
      facts.name(buffer),
      facts.operation(buffer),
      facts.module(buffer),
      ...facts.frames(buffer),
    ].map(text => text.toLowerCase());
    return wanted.every(word => texts.some(text => text.includes(word)));
  };
}
