/** Checks every index and number in the constraints of columns; errors name the field. */

import {type Constraints, haveParts, MOST_POOLS, type Pool, STATED_FIELDS} from './constraints.ts';
import {UsageError} from './errors.ts';
import {checkAlignment, checkBoolean, checkBytes, checkCount, checkFields, show} from './numbers.ts';

/** Scopes have become pairs that are apart by then, and streams a part of the clocks. */
const CONSTRAINT_FIELDS: ReadonlySet<string> = new Set([
  ...STATED_FIELDS.filter(field => field !== 'scopes' && field !== 'streams' && field !== 'period'),
  'allowed',
  'accesses',
  'parts',
  'clocks',
  'sizes',
]);
const POOL_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'capacity',
  'alignment',
  'largest',
  'cost',
  'repeated',
]);

/** @throws UsageError naming the field, the expected and the given value. */
export function checkConstraints(
  constraints: Constraints,
  count: number,
  size: ArrayLike<number>,
  capacity: number | undefined,
): void {
  checkFields(constraints, CONSTRAINT_FIELDS, 'constraints');
  const {pools, share, adjacent, views, inPlace, separate, accesses} = constraints;
  if (pools !== undefined) checkPools(pools, capacity);
  checkGroups('share', share, count);
  checkGroups('adjacent', adjacent, count);
  views?.forEach(({buffer, of, offset}, k) => {
    checkPair(buffer, of, `views[${k}].buffer`, `views[${k}].of`, count);
    checkBytes(offset, `views[${k}].offset`);
    if (offset + size[buffer]! > size[of]!)
      throw new UsageError(
        `views[${k}]: expected to end within buffer ${of} (${size[of]} bytes), got ${offset + size[buffer]!}`,
      );
  });
  inPlace?.forEach(({input, output}, k) => {
    checkPair(input, output, `inPlace[${k}].input`, `inPlace[${k}].output`, count);
  });
  separate?.forEach(([a, b], k) => {
    checkPair(a, b, `separate[${k}][0]`, `separate[${k}][1]`, count);
  });
  checkAllowed(constraints, count);
  if (accesses !== undefined) checkAccesses(accesses, count);
  if (constraints.parts !== undefined) checkParts(constraints, count);
}

/** Parts are ranges of one arena, each planned for itself: what ties or moves buffers across them contradicts that. */
function checkParts(constraints: Constraints, count: number): void {
  const {names, of} = constraints.parts!;
  if (of.length !== count) throw new UsageError(`parts.of: expected ${count} entries, got ${of.length}`);
  of.forEach((part, i) => {
    if (part >= names.length)
      throw new UsageError(`parts.of[${i}]: expected an index of ${names.length} names, got ${part}`);
  });
  if (!haveParts(constraints)) return;
  for (const field of ['pools', 'separate'] as const) {
    if (constraints[field] !== undefined)
      throw new UsageError(`${field}: cannot be combined with parts, which share one arena`);
  }
  const check = (field: string, buffers: readonly number[]): void => {
    const stranger = buffers.find(i => of[i] !== of[buffers[0]!]);
    if (stranger !== undefined)
      throw new UsageError(`${field}: buffers ${buffers[0]} and ${stranger} are in different parts`);
  };
  constraints.share?.forEach((group, k) => {
    check(`share[${k}]`, group);
  });
  constraints.adjacent?.forEach((group, k) => {
    check(`adjacent[${k}]`, group);
  });
  constraints.views?.forEach(({buffer, of: whole}, k) => {
    check(`views[${k}]`, [buffer, whole]);
  });
  constraints.inPlace?.forEach(({input, output}, k) => {
    check(`inPlace[${k}]`, [input, output]);
  });
}

function checkPools(pools: readonly Pool[], capacity: number | undefined): void {
  if (pools.length === 0 || pools.length > MOST_POOLS)
    throw new UsageError(`pools: expected 1 to ${MOST_POOLS} pools, got ${pools.length}`);
  if (capacity !== undefined)
    throw new UsageError('capacity: a problem with pools states the capacity of each pool instead');
  const names = new Set<string>();
  pools.forEach((pool, k) => {
    checkFields(pool, POOL_FIELDS, `pools[${k}]`);
    const {name, alignment, cost, repeated} = pool;
    if (typeof name !== 'string' || !/^[^\s",]+$/.test(name))
      throw new UsageError(
        `pools[${k}].name: expected a name without blanks, commas and quotes, got ${show(name)}`,
      );
    if (names.has(name)) throw new UsageError(`pools[${k}].name: ${show(name)} is there twice`);
    names.add(name);
    if (pool.capacity !== undefined) checkBytes(pool.capacity, `pools[${k}].capacity`);
    if (pool.largest !== undefined) checkBytes(pool.largest, `pools[${k}].largest`);
    if (alignment !== undefined) checkAlignment(alignment, `pools[${k}].alignment`);
    if (cost !== undefined) checkCount(cost, `pools[${k}].cost`);
    if (repeated !== undefined) checkBoolean(repeated, `pools[${k}].repeated`);
  });
}

function checkIndex(value: unknown, field: string, count: number): void {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= count) {
    const range = count > 0 ? `from 0 to ${count - 1}` : '(there are none)';
    throw new UsageError(`${field}: expected the index of a buffer ${range}, got ${show(value)}`);
  }
}

function checkPair(a: unknown, b: unknown, fieldOfA: string, fieldOfB: string, count: number): void {
  checkIndex(a, fieldOfA, count);
  checkIndex(b, fieldOfB, count);
  if (a === b) throw new UsageError(`${fieldOfB}: expected another buffer than ${show(a)}`);
}

function checkGroups(field: string, groups: readonly (readonly number[])[] | undefined, count: number): void {
  groups?.forEach((group, k) => {
    if (group.length < 2)
      throw new UsageError(`${field}[${k}]: expected at least two buffers, got ${group.length}`);
    const members = new Set<number>();
    group.forEach((i, m) => {
      checkIndex(i, `${field}[${k}][${m}]`, count);
      if (members.has(i)) throw new UsageError(`${field}[${k}][${m}]: buffer ${i} is there twice`);
      members.add(i);
    });
  });
}

function checkAllowed({allowed, pools = []}: Constraints, count: number): void {
  if (allowed === undefined) return;
  if (allowed.length !== count)
    throw new UsageError(`constraints.allowed: expected ${count} entries, got ${allowed.length}`);
  allowed.forEach((list, i) => {
    if (list === undefined) return;
    if (list.length === 0) throw new UsageError(`buffers[${i}].pools: expected at least one pool, got none`);
    for (const pool of list) {
      if (!Number.isInteger(pool) || pool < 0 || pool >= pools.length)
        throw new UsageError(`buffers[${i}].pools: expected pools of the problem, got ${show(pool)}`);
    }
  });
}

function checkAccesses(accesses: Float64Array, count: number): void {
  if (accesses.length !== count)
    throw new UsageError(`constraints.accesses: expected ${count} entries, got ${accesses.length}`);
  for (let i = 0; i < count; i++) checkCount(accesses[i], `buffers[${i}].accesses`);
}
