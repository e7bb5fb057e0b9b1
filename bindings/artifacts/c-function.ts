/**
 * A symbolic plan as a function of C99 and C++11: the values of the dimensions go in, offsets, sizes and the peak come out. It is one
 * pass over tables, without allocations, and checks the ranges. No sum exceeds 2^53, so nothing overflows in 64 bits.
 */
import {UsageError} from '../model/errors.ts';
import {alignmentOf, idOf} from '../model/problem.ts';
import {show} from '../model/shown.ts';
import {describeSize} from '../model/symbolic-columns.ts';
import type {SymbolicPlan} from '../symbolic/symbolic-plan.ts';
import type {CHeaderOptions} from './c-header.ts';
import {commentText, macroName, macroNames} from './c-names.ts';

const NUMBERS_PER_LINE = 16;

/**
 * In pieces, lines of tables.
 * @throws UsageError for a prefix that is no name.
 * @example
 * ```js
 * import {loadPlanner, planSymbolic} from 'stowage';
 * import {cFunction} from 'stowage/artifacts';
 *
 * const plan = planSymbolic(await loadPlanner(), {
 *   dimensions: [{name: 'batch', min: 1, max: 64}],
 *   buffers: [{id: 'conv1', size: [[4096, 'batch']], start: 0, end: 3}],
 * });
 * const lines = [...cFunction(plan, {prefix: 'NET'})].join('').split('\n');
 * console.log(lines.find(line => line.startsWith('static inline int')));
 * // prints static inline int net_offsets(uint64_t dim_batch, uint64_t *offsets, uint64_t *sizes, uint64_t *peak)
 * ```
 */
export function* cFunction(plan: SymbolicPlan, {prefix = 'PLAN'}: CHeaderOptions = {}): Generator<string> {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(prefix))
    throw new UsageError(`prefix: expected a name of C, got ${show(prefix)}`);
  const {problem} = plan;
  const {largest, dimensions, stated} = problem;
  const guard = `${macroName(prefix)}_H_`;
  const fixed = ['BUFFERS', 'ALIGNMENT', 'LARGEST'];
  const names = macroNames(
    Array.from({length: largest.count}, (_, i) => idOf(largest, i)),
    fixed,
  );
  const strictest = plan.order.reduce((most, i) => Math.max(most, alignmentOf(largest, i)), 1);
  const most = plan.atChecked(Float64Array.from(dimensions, ({max}) => max)).peak;
  yield [
    '/*',
    ` * A memory plan by stowage: ${largest.count} buffers whose sizes depend on dimensions. Generated; do not edit.`,
    ' *',
    ...dimensions.map(
      ({name, min, max, multipleOf}) =>
        ` *   ${commentText(name)}: ${min} to ${max}${multipleOf > 1 ? `, a multiple of ${multipleOf}` : ''}`,
    ),
    ' *',
    ` * ${prefix.toLowerCase()}_offsets gives the offset and the size of each buffer, in bytes, and the bytes of the arena, which begins`,
    ` * at a multiple of ${prefix}_ALIGNMENT. At no values of the dimensions do two buffers that are live together share a byte.`,
    ' */',
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include <stdint.h>',
    '',
    `#define ${prefix}_BUFFERS ${largest.count}`,
    `#define ${prefix}_ALIGNMENT UINT64_C(${strictest})`,
    '/* bytes of the arena at the maximum of each dimension: enough for all values */',
    `#define ${prefix}_LARGEST UINT64_C(${most})`,
    '',
    '',
  ].join('\n');
  for (const [i, name] of names.entries())
    yield `/* ${commentText(idOf(largest, i))}: ${commentText(describeSize(stated[i]!).replaceAll('·', ' * '))} bytes, ticks ${largest.start[i]} to ${largest.end[i]} */\n#define ${prefix}_${name} ${i}\n`;
  yield* functionLines(plan, prefix.toLowerCase());
  yield `\n#endif\n`;
}

function* functionLines(plan: SymbolicPlan, name: string): Generator<string> {
  const {problem, order} = plan;
  const {dimensions, monomials, largest} = problem;
  const parameters = macroNames(dimensions.map(one => one.name)).map(text => `dim_${text.toLowerCase()}`);
  const factors = monomials.flat();
  let factorsBefore = 0;
  const factorIndex = [0, ...monomials.map(one => (factorsBefore += one.length))];
  yield `\n/* 0; or the number of the first dimension, from 1, whose value is outside of its range: nothing is written then. */\n`;
  yield `static inline int ${name}_offsets(${parameters.map(one => `uint64_t ${one}`).join(', ')}, uint64_t *offsets, uint64_t *sizes, uint64_t *peak)\n{\n`;
  yield* table('uint32_t', 'factor_index', factorIndex);
  yield* table('uint32_t', 'factors', factors);
  yield* table('uint32_t', 'term_index', problem.termIndex);
  yield* table('uint32_t', 'term_product', problem.termMonomial);
  yield* table('uint64_t', 'term_bytes', problem.termCoefficient);
  yield* table('uint32_t', 'order', order);
  yield* table(
    'uint64_t',
    'alignments',
    Array.from(order, i => alignmentOf(largest, i)),
  );
  yield* table('uint32_t', 'below_index', plan.belowIndex);
  yield* table('uint32_t', 'below', plan.below);
  yield `    uint64_t steps[${dimensions.length}];\n    uint64_t products[${Math.max(1, monomials.length)}];\n    uint64_t highest = 0;\n`;
  yield `    uint32_t i, k, t;\n\n`;
  for (const [d, {min, max, multipleOf}] of dimensions.entries()) {
    const value = parameters[d]!;
    const bounds = [...(min > 0 ? [`${value} < ${literal(min)}`] : []), `${value} > ${literal(max)}`];
    const multiple = multipleOf > 1 ? ` || ${value} % ${literal(multipleOf)} != 0` : '';
    yield `    if (${bounds.join(' || ')}${multiple}) return ${d + 1};\n`;
    yield `    steps[${d}] = (${value} - ${literal(min)}) / ${literal(multipleOf)};\n`;
  }
  yield `${body(monomials.length, largest.count, order.length)}}\n`;
}

function body(numMonomials: number, numBuffers: number, numPlaces: number): string {
  return `    for (k = 0; k != ${numMonomials}; k++) {
        products[k] = 1;
        for (t = factor_index[k]; t < factor_index[k + 1]; t++) products[k] *= steps[factors[t]];
    }
    for (i = 0; i != ${numBuffers}; i++) {
        sizes[i] = 0;
        offsets[i] = 0;
        for (t = term_index[i]; t < term_index[i + 1]; t++) sizes[i] += term_bytes[t] * products[term_product[t]];
    }
    for (k = 0; k != ${numPlaces}; k++) {
        uint64_t offset = 0;
        i = order[k];
        for (t = below_index[k]; t < below_index[k + 1]; t++) {
            const uint32_t under = order[below[t]];
            if (offsets[under] + sizes[under] > offset) offset = offsets[under] + sizes[under];
        }
        offsets[i] = (offset + alignments[k] - 1) / alignments[k] * alignments[k];
        if (sizes[i] > 0 && offsets[i] + sizes[i] > highest) highest = offsets[i] + sizes[i];
    }
    *peak = highest;
    return 0;
`;
}

const literal = (value: number) => `UINT64_C(${value})`;

/** An array of C holds one number at least. */
function* table(type: 'uint32_t' | 'uint64_t', name: string, values: ArrayLike<number>): Generator<string> {
  const suffix = type === 'uint64_t' ? literal : String;
  yield `    static const ${type} ${name}[] = {`;
  for (let from = 0; from < Math.max(1, values.length); from += NUMBERS_PER_LINE) {
    const row = Array.from({length: Math.min(NUMBERS_PER_LINE, values.length - from)}, (_, k) =>
      suffix(values[from + k]!),
    );
    yield `\n        ${row.join(', ') || '0'},`;
  }
  yield `\n    };\n`;
}
