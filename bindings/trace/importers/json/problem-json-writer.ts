/** Writes problems as `stowage.problem/1`, a line per buffer, so that a million of them never are one string. */
import {clocksAt} from '../../../model/check-clocks.ts';
import type {OperatorProblem} from '../../../model/operators.ts';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../../model/problem.ts';
import {sizesAt} from '../../../model/sizes.ts';
import type {SymbolicColumns} from '../../../model/symbolic.ts';
import {PROBLEM_SCHEMA} from './problem-json.ts';

const ROWS_PER_PIECE = 1000;

/** The problem with all of its constraints; `readProblemJson` gives the same back. With `symbolic`, its dimensions and stated sizes. */
export function* writeProblemJson(
  problem: ProblemColumns,
  symbolic?: SymbolicColumns,
): Generator<string, void, undefined> {
  const {capacity, defaultAlignment: alignment} = problem;
  const {allowed, accesses, parts, clocks, sizes: _, hold, ...constraints} = problem.constraints ?? {};
  const whole = {
    schema: PROBLEM_SCHEMA,
    dimensions: symbolic?.dimensions,
    capacity,
    alignment,
    streams: clocks?.streams,
    hold: hold?.ticks,
    period: hold?.period,
    ...constraints,
  };
  const fields = Object.entries(whole).flatMap(([name, value]) =>
    value === undefined ? [] : [`"${name}":${JSON.stringify(value)}`],
  );
  yield `{${fields.join(',\n')},\n"buffers":[`;
  let piece = '';
  for (let i = 0; i < problem.count; i++) {
    piece += `${i > 0 ? ',' : ''}\n${JSON.stringify({...bufferOf(problem, i), ...(symbolic ? {size: symbolic.stated[i]} : {})})}`;
    if (i % ROWS_PER_PIECE < ROWS_PER_PIECE - 1) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n]}\n`;
}

/** A problem of operators, in its order or in another one; `readProblemJson` gives the same back. */
export function* writeOperatorsJson(
  {tensors, operators, ...problem}: OperatorProblem,
  order: ArrayLike<number> = Uint32Array.from(operators, (_, v) => v),
): Generator<string, void, undefined> {
  const placeOf = new Uint32Array(operators.length);
  for (let p = 0; p < order.length; p++) placeOf[order[p]!] = p;
  const placed = Array.from(order, v => {
    const {after, ...operator} = operators[v]!;
    // operators by index are counted in the order in which they are written
    const moved = after?.map(ref => (typeof ref === 'number' ? placeOf[ref]! : ref));
    return moved === undefined ? operator : {...operator, after: moved};
  });
  yield `${JSON.stringify({schema: PROBLEM_SCHEMA, ...problem}).slice(0, -1)},\n"tensors":[`;
  yield* rows(tensors);
  yield '\n],\n"operators":[';
  yield* rows(placed);
  yield '\n]}\n';
}

function* rows(values: readonly object[]): Generator<string, void, undefined> {
  for (let i = 0; i < values.length; i += ROWS_PER_PIECE) {
    const piece = values
      .slice(i, i + ROWS_PER_PIECE)
      .map((value, k) => `${i + k > 0 ? ',' : ''}\n${JSON.stringify(value)}`);
    yield piece.join('');
  }
}

function bufferOf(problem: ProblemColumns, i: number): object {
  const {alignment, offset, hint, constraints} = problem;
  const gaps = gapsOf(problem, i);
  const sizes = sizesAt(constraints?.sizes, i);
  const pools = constraints?.allowed?.[i]?.map(pool => constraints.pools![pool]!.name);
  const accesses = constraints?.accesses?.[i];
  const parts = constraints?.parts;
  return {
    ...(problem.ids ? {id: problem.ids[i]} : {}),
    size: problem.size[i],
    start: problem.start[i],
    end: problem.end[i],
    ...(alignment[i] === NO_ALIGNMENT ? {} : {alignment: alignment[i]}),
    ...(offset[i] === NO_OFFSET ? {} : {offset: offset[i]}),
    ...(gaps.length > 0 ? {gaps} : {}),
    ...(sizes.length > 0 ? {sizes} : {}),
    ...(hint === undefined || hint[i] === NO_OFFSET ? {} : {hint: hint[i]}),
    ...(pools ? {pools} : {}),
    ...(accesses === undefined ? {} : {accesses}),
    ...(constraints?.clocks ? {clocks: clocksAt(constraints.clocks, i, problem.gapIndex)} : {}),
    ...(parts ? {part: parts.names[parts.of[i]!]} : {}),
  };
}

function gapsOf({gapIndex, gapStart, gapEnd}: ProblemColumns, i: number): [number, number][] {
  const gaps: [number, number][] = [];
  for (let gap = gapIndex[i]!; gap < gapIndex[i + 1]!; gap++) gaps.push([gapStart[gap]!, gapEnd[gap]!]);
  return gaps;
}
