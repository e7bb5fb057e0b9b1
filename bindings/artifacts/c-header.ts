/**
 * A plan as a header of C11 and C++11: per pool its bytes and alignment, per buffer offset and bytes, all as macros, and
 * static assertions that fail to compile where the header was edited, or the machine's `size_t` is too small.
 */
import {UsageError} from '../errors.ts';
import {idOf} from '../problem.ts';
import {commentText, macroName, macroNames} from './c-names.ts';
import type {VerifiedPlan} from './verified-plan.ts';

export interface CHeaderOptions {
  /** What every name begins with. Default `PLAN`. */
  readonly prefix?: string;
}

const ROWS_PER_PIECE = 500;

/**
 * In pieces, so that a million buffers never are one string.
 * @throws UsageError for a prefix that is no name.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 * import {cHeader, verifiedPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const problem = {buffers: [{id: 'conv1', size: 4096, start: 0, end: 3, alignment: 256}]};
 * const plan = verifiedPlan(planner, problem, planner.plan(problem));
 * const lines = [...cHeader(plan, {prefix: 'NET'})].join('').split('\n');
 * console.log(lines.find(line => line.includes('NET_CONV1_OFFSET')));
 * // prints #define NET_CONV1_OFFSET UINT64_C(0)
 * ```
 */
export function* cHeader(plan: VerifiedPlan, {prefix = 'PLAN'}: CHeaderOptions = {}): Generator<string> {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(prefix))
    throw new UsageError(`prefix: expected a name of C, got ${JSON.stringify(prefix)}`);
  const pools = macroNames(plan.pools.map(({name}) => name));
  const ids = Array.from({length: plan.problem.count}, (_, i) => idOf(plan.problem, i));
  const names = macroNames(
    ids,
    pools.map(pool => `POOL_${pool}`),
  );
  const guard = `${macroName(prefix)}_H_`;
  yield [
    '/*',
    ` * A memory plan by stowage: ${plan.problem.count} buffers. Generated; do not edit.`,
    ' *',
    ' * Reserve the bytes of each pool at its alignment; a buffer begins at its offset from there:',
    ` *   static _Alignas(${prefix}_POOL_${pools[0]}_ALIGNMENT) unsigned char arena[${prefix}_POOL_${pools[0]}_BYTES];`,
    ' */',
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include <stdint.h>',
    '',
    '#ifdef __cplusplus',
    `#define ${prefix}_CHECK(condition, text) static_assert(condition, text)`,
    '#else',
    `#define ${prefix}_CHECK(condition, text) _Static_assert(condition, text)`,
    '#endif',
    '',
    ...plan.pools.flatMap((pool, k) => poolLines(`${prefix}_POOL_${pools[k]}`, prefix, pool)),
    '',
  ].join('\n');
  let piece = '';
  for (let i = 0; i < plan.problem.count; i++) {
    piece += bufferLines(plan, i, prefix, names[i]!, pools[plan.pool[i]!]!);
    if (i % ROWS_PER_PIECE === ROWS_PER_PIECE - 1) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}\n#undef ${prefix}_CHECK\n\n#endif\n`;
}

const literal = (bytes: number) => `UINT64_C(${bytes})`;

function poolLines(
  name: string,
  prefix: string,
  pool: {name: string; peak: number; alignment: number},
): string[] {
  return [
    `/* pool ${commentText(pool.name)} */`,
    `#define ${name}_BYTES ${literal(pool.peak)}`,
    `#define ${name}_ALIGNMENT ${literal(pool.alignment)}`,
    // halves: where size_t has 64 bits, compilers warn of a comparison that always holds
    `${prefix}_CHECK(${name}_BYTES / 2 <= SIZE_MAX / 2, "the pool is larger than memory can be here");`,
    `${prefix}_CHECK((${name}_ALIGNMENT & (${name}_ALIGNMENT - 1)) == 0, "the alignment is no power of two");`,
  ];
}

function bufferLines(plan: VerifiedPlan, i: number, prefix: string, name: string, pool: string): string {
  const {problem, offsets} = plan;
  const buffer = `${prefix}_${name}`;
  return [
    '',
    `/* buffer ${i}: ${commentText(idOf(problem, i))}, ticks ${problem.start[i]} to ${problem.end[i]}, in pool ${commentText(plan.pools[plan.pool[i]!]!.name)} */`,
    `#define ${buffer}_OFFSET ${literal(offsets[i]!)}`,
    `#define ${buffer}_BYTES ${literal(problem.size[i]!)}`,
    ...(plan.takesMemory(i)
      ? [
          `${prefix}_CHECK(${buffer}_OFFSET % ${literal(plan.alignment(i))} == 0, "misaligned");`,
          `${prefix}_CHECK(${buffer}_OFFSET + ${buffer}_BYTES <= ${prefix}_POOL_${pool}_BYTES, "beyond the pool");`,
        ]
      : []),
    '',
  ].join('\n');
}
