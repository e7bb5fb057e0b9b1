/** Reads and writes `stowage.changes/1`. Every field is checked once, and an error names its place. */
import {CATEGORIES, type Category} from '../../model/buffer-facts.ts';
import {UsageError} from '../../model/errors.ts';
import {checkAlignment, checkBoolean, checkBytes, checkCount, checkFields} from '../../model/numbers.ts';
import {listNames, show} from '../../model/shown.ts';
import {
  type BufferSelection,
  CHANGES_SCHEMA,
  type ChangeList,
  type ChangeOptions,
  type ListedChange,
  type ListedChangeKind,
  type Selection,
} from './contract.ts';
import {fractionOf} from './factor.ts';

/** Changes of a list at most: it is made by people. */
const MOST_CHANGES = 1000;
/** Characters of a list, and of one text in it. */
const MOST_CHARACTERS = 1 << 20;
const MOST_TEXT = 2000;

const FIELDS: Readonly<Record<ListedChangeKind, readonly string[]>> = {
  scale: ['factor'],
  dtype: ['factor'],
  checkpoint: [],
  offload: ['stays'],
  half: [],
  gone: [],
  'ends-earlier': ['at'],
};
const KINDS = Object.keys(FIELDS);
const TEXTS = ['words', 'operation', 'module', 'frame', 'type', 'buffer'] as const;
const SELECTION_FIELDS: ReadonlySet<string> = new Set(['category', ...TEXTS, 'atLeast', 'atMost']);
const LIST_FIELDS: ReadonlySet<string> = new Set(['schema', 'name', 'options', 'changes']);
const OPTION_FIELDS: ReadonlySet<string> = new Set(['alignment', 'dims', 'hold']);

type Fields = Readonly<Record<string, unknown>>;

/**
 * A list from its text.
 * @throws UsageError naming the place.
 */
export function parseChanges(text: string): ChangeList {
  if (text.length > MOST_CHARACTERS)
    throw new UsageError(`changes: expected at most ${MOST_CHARACTERS} characters, got ${text.length}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`changes: not JSON: ${(error as Error).message}`);
  }
  return checkChanges(value);
}

/** @throws UsageError naming the place. */
export function checkChanges(value: unknown): ChangeList {
  const fields = objectOf(value, 'changes');
  if (fields.schema !== CHANGES_SCHEMA)
    throw new UsageError(`changes.schema: expected "${CHANGES_SCHEMA}", got ${show(fields.schema)}`);
  checkFields(value, LIST_FIELDS, 'changes');
  const {name, options, changes} = fields;
  if (!Array.isArray(changes))
    throw new UsageError(`changes.changes: expected an array, got ${show(changes)}`);
  if (changes.length > MOST_CHANGES)
    throw new UsageError(`changes.changes: expected at most ${MOST_CHANGES}, got ${changes.length}`);
  return {
    ...(name === undefined ? {} : {name: textOf(name, 'changes.name')}),
    ...(options === undefined ? {} : {options: optionsOf(options)}),
    changes: changes.map((change, k) => changeOf(change, `changes[${k}]`)),
  };
}

/** The list as its contract has it, as one text. */
export function writeChanges({name, options, changes}: ChangeList): string {
  const list = {
    schema: CHANGES_SCHEMA,
    ...(name === undefined ? {} : {name}),
    ...(options === undefined || Object.keys(options).length === 0 ? {} : {options}),
    changes,
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}

function objectOf(value: unknown, place: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${place}: expected an object, got ${show(value)}`);
  return value as Fields;
}

function textOf(value: unknown, place: string): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MOST_TEXT)
    throw new UsageError(`${place}: expected a text of 1 to ${MOST_TEXT} characters, got ${show(value)}`);
  return value;
}

function optionsOf(value: unknown): ChangeOptions {
  const place = 'changes.options';
  const {alignment, dims, hold} = objectOf(value, place);
  checkFields(value, OPTION_FIELDS, place);
  if (alignment !== undefined) checkAlignment(alignment, `${place}.alignment`);
  if (hold !== undefined) checkCount(hold, `${place}.hold`);
  const sizes = dims === undefined ? undefined : Object.entries(objectOf(dims, `${place}.dims`));
  for (const [name, size] of sizes ?? []) checkCount(size, `${place}.dims.${name}`);
  return {
    ...(alignment === undefined ? {} : {alignment}),
    // a name may be __proto__: entries define it as any other
    ...(sizes === undefined ? {} : {dims: Object.fromEntries(sizes) as Record<string, number>}),
    ...(hold === undefined ? {} : {hold}),
  };
}

function changeOf(value: unknown, place: string): ListedChange {
  const fields = objectOf(value, place);
  const {kind} = fields;
  if (typeof kind !== 'string' || !KINDS.includes(kind))
    throw new UsageError(`${place}.kind: expected one of ${listNames(KINDS)}, got ${show(kind)}`);
  const own = FIELDS[kind as ListedChangeKind];
  checkFields(value, new Set(['kind', 'of', 'off', ...own]), place);
  const {factor, stays, at, off} = fields;
  if (off !== undefined) checkBoolean(off, `${place}.off`);
  if (factor !== undefined || kind === 'scale') checkFactor(factor, `${place}.factor`);
  if (stays !== undefined) checkBytes(stays, `${place}.stays`);
  if (kind === 'ends-earlier') checkCount(at, `${place}.at`);
  return {
    kind,
    ...(factor === undefined ? {} : {factor: String(factor)}),
    of: selectionOf(fields.of, `${place}.of`),
    ...(stays === undefined ? {} : {stays}),
    ...(at === undefined ? {} : {at}),
    ...(off === true ? {off} : {}),
  } as ListedChange;
}

function checkFactor(value: unknown, place: string): void {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || fractionOf(text) === undefined)
    throw new UsageError(
      `${place}: expected a factor from 0, such as 0.5 or "1/2", with up to 9 digits, got ${show(value)}`,
    );
}

function selectionOf(value: unknown, place: string): Selection {
  if (value === 'batch') return value;
  if (typeof value === 'string')
    throw new UsageError(`${place}: expected "batch" or an object, got ${show(value)}`);
  const fields = objectOf(value, place);
  checkFields(value, SELECTION_FIELDS, place);
  const {category, atLeast, atMost} = fields;
  const texts = TEXTS.filter(name => fields[name] !== undefined);
  for (const name of texts) textOf(fields[name], `${place}.${name}`);
  if (atLeast !== undefined) checkBytes(atLeast, `${place}.atLeast`);
  if (atMost !== undefined) checkBytes(atMost, `${place}.atMost`);
  if (Object.keys(fields).length === 0)
    throw new UsageError(
      `${place}: expected one of ${listNames([...SELECTION_FIELDS])} at least: nothing is selected by nothing`,
    );
  const chosen: BufferSelection = {
    ...(category === undefined ? {} : {category: categoriesIn(category, `${place}.category`)}),
    ...Object.fromEntries(texts.map(name => [name, fields[name] as string])),
    ...(atLeast === undefined ? {} : {atLeast}),
    ...(atMost === undefined ? {} : {atMost}),
  };
  return chosen;
}

function categoriesIn(value: unknown, place: string): Category[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > CATEGORIES.length)
    throw new UsageError(`${place}: expected 1 to ${CATEGORIES.length} categories, got ${list.length}`);
  return list.map(one => {
    if (!CATEGORIES.includes(one as Category))
      throw new UsageError(`${place}: expected one of ${listNames(CATEGORIES)}, got ${show(one)}`);
    return one as Category;
  });
}
