/**
 * A plan as a header of C11 and C++11: per arena its bytes and alignment, per buffer offset and bytes, all as macros, and
 * static assertions that fail to compile if the header was edited or the machine's `size_t` is too small.
 */
import {UsageError} from '../model/errors.ts';
import {idOf} from '../model/problem.ts';
import {show} from '../model/shown.ts';
import {commentText, macroName, macroNames} from './c-names.ts';
import type {CheckedPlan, PlannedArena} from './checked-plan.ts';

export interface CHeaderOptions {
  /** Prefix of every name. Default `PLAN`. */
  readonly prefix?: string;
}

const ROWS_PER_PIECE = 500;

/**
 * In pieces, so that a million buffers never are one string.
 * @throws UsageError for a prefix that is no name.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 * import {cHeader, checkedPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const problem = {buffers: [{id: 'conv1', size: 4096, start: 0, end: 3, alignment: 256}]};
 * const plan = checkedPlan(planner, problem, planner.plan(problem));
 * const lines = [...cHeader(plan, {prefix: 'NET'})].join('').split('\n');
 * console.log(lines.find(line => line.includes('NET_CONV1_OFFSET')));
 * // prints #define NET_CONV1_OFFSET UINT64_C(0)
 * ```
 */
export function* cHeader(plan: CheckedPlan, {prefix = 'PLAN'}: CHeaderOptions = {}): Generator<string> {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(prefix))
    throw new UsageError(`prefix: expected a name of C, got ${show(prefix)}`);
  const arenas = macroNames(plan.arenas.map(({name}) => (name === 'arena' ? name : `arena ${name}`)));
  const ids = Array.from({length: plan.problem.count}, (_, i) => idOf(plan.problem, i));
  const names = macroNames(ids, arenas);
  const guard = `${macroName(prefix)}_H_`;
  yield [
    '/*',
    ` * A memory plan by stowage: ${plan.problem.count} buffers. Generated; do not edit.`,
    ' *',
    ' * Reserve the bytes of each arena at its alignment; a buffer begins at its offset from there:',
    ` *   static _Alignas(${prefix}_${arenas[0] ?? 'ARENA'}_ALIGNMENT) unsigned char arena[${prefix}_${arenas[0] ?? 'ARENA'}_BYTES];`,
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
    ...plan.arenas.flatMap((arena, k) => arenaLines(`${prefix}_${arenas[k]}`, prefix, arena)),
    '',
  ].join('\n');
  let piece = '';
  for (let i = 0; i < plan.problem.count; i++) {
    piece += bufferLines(plan, i, prefix, names[i]!, arenas[plan.arenaOf[i]!] ?? '');
    if (i % ROWS_PER_PIECE === ROWS_PER_PIECE - 1) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}\n#undef ${prefix}_CHECK\n\n#endif\n`;
}

const literal = (bytes: number) => `UINT64_C(${bytes})`;

function arenaLines(name: string, prefix: string, arena: PlannedArena): string[] {
  return [
    `/* ${commentText(arena.name)} */`,
    `#define ${name}_BYTES ${literal(arena.peak)}`,
    `#define ${name}_ALIGNMENT ${literal(arena.alignment)}`,
    // halves: where size_t has 64 bits, compilers warn of a comparison that always holds
    `${prefix}_CHECK(${name}_BYTES / 2 <= SIZE_MAX / 2, "the arena is larger than memory can be here");`,
    `${prefix}_CHECK((${name}_ALIGNMENT & (${name}_ALIGNMENT - 1)) == 0, "the alignment is no power of two");`,
  ];
}

function bufferLines(plan: CheckedPlan, i: number, prefix: string, name: string, arena: string): string {
  const {problem, offsets} = plan;
  const buffer = `${prefix}_${name}`;
  return [
    '',
    `/* buffer ${i}: ${commentText(idOf(problem, i))}, ticks ${problem.start[i]} to ${problem.end[i]}, in ${commentText(plan.arenas[plan.arenaOf[i]!]?.name ?? 'none')} */`,
    `#define ${buffer}_OFFSET ${literal(offsets[i]!)}`,
    `#define ${buffer}_BYTES ${literal(problem.size[i]!)}`,
    ...(plan.takesMemory(i)
      ? [
          `${prefix}_CHECK(${buffer}_OFFSET % ${literal(plan.alignment(i))} == 0, "misaligned");`,
          `${prefix}_CHECK(${buffer}_OFFSET + ${buffer}_BYTES <= ${prefix}_${arena}_BYTES, "beyond the arena");`,
        ]
      : []),
    '',
  ].join('\n');
}
