/** Smaller problems: without a buffer, a statement, a field, a byte or a tick. */
import type {BufferInfo, Problem} from '../../../bindings/index.ts';
import type {Case} from './draw.ts';

export function* smallerCases(drawn: Case): Iterable<Case> {
  const {problem, alignment, plan} = drawn;
  for (let i = problem.buffers.length - 1; i >= 0; i--) {
    const left = plan && {
      offsets: plan.offsets.filter((_, k) => k !== i),
      arenas: plan.arenas.filter((_, k) => k !== i),
    };
    yield {...drawn, problem: withoutBuffer(problem, i), ...(left ? {plan: left} : {})};
  }
  if (alignment !== undefined) yield {problem, ...(plan ? {plan} : {})};
  for (const smaller of smallerStatements(problem)) yield {...drawn, problem: smaller};
  for (const [i, buffer] of problem.buffers.entries()) {
    for (const smaller of smallerBuffers(buffer))
      yield {...drawn, problem: {...problem, buffers: problem.buffers.with(i, smaller)}};
  }
}

function* smallerStatements(problem: Problem): Iterable<Problem> {
  const {buffers, ...stated} = problem;
  for (const field of Object.keys(stated) as (keyof typeof stated)[]) {
    const {[field]: value, ...rest} = stated;
    if (field !== 'pools') yield {buffers, ...rest};
    else yield {buffers: buffers.map(({pools: _, accesses: __, ...one}) => one), ...rest};
    if (!Array.isArray(value)) continue;
    for (let k = 0; k < value.length && value.length > 1; k++) {
      const name = field === 'pools' ? (value[k] as {name: string}).name : undefined;
      const left = buffers.map(one => {
        if (name === undefined || one.pools === undefined) return one;
        const {pools, ...others} = one;
        const kept = pools.filter(pool => pool !== name);
        return kept.length > 0 ? {...others, pools: kept} : others;
      });
      yield {buffers: left, ...rest, [field]: value.toSpliced(k, 1)};
    }
    for (const [k, entry] of value.entries()) {
      if (Array.isArray(entry) && entry.length > 2)
        for (let m = 0; m < entry.length; m++)
          yield {buffers, ...rest, [field]: value.with(k, entry.toSpliced(m, 1))};
      if (field !== 'pools') continue;
      for (const key of Object.keys(entry as object).filter(other => other !== 'name')) {
        const {[key]: _, ...pool} = entry as Record<string, unknown>;
        yield {buffers, ...rest, pools: value.with(k, pool)};
      }
    }
  }
}

function* smallerBuffers(buffer: BufferInfo): Iterable<BufferInfo> {
  for (const field of ['gaps', 'alignment', 'offset', 'hint', 'pools', 'accesses', 'part'] as const) {
    if (buffer[field] === undefined) continue;
    const {[field]: _, ...rest} = buffer;
    yield rest;
  }
  const {size, start, end, offset, gaps} = buffer;
  if (offset !== undefined && offset > 0) yield {...buffer, offset: offset >> 1};
  if (size > 1) {
    yield {...buffer, size: size >> 1};
    yield {...buffer, size: size - 1};
  }
  if (gaps !== undefined) return;
  if (end - start > 1) {
    yield {...buffer, end: end - 1};
    yield {...buffer, start: start + 1};
  }
  if (start > 0) yield {...buffer, start: start - 1, end: end - 1};
}

/** The others with their statements; groups that lose all but one member go. */
function withoutBuffer(problem: Problem, gone: number): Problem {
  const at = (i: number | string) => (Number(i) > gone ? Number(i) - 1 : Number(i));
  const has = (...all: readonly (number | string)[]) => all.every(i => Number(i) !== gone);
  const {buffers, share, views, inPlace, adjacent, separate, scopes, ...rest} = problem;
  const groups = (all: readonly (readonly (number | string)[])[]) =>
    all.map(group => group.filter(i => has(i)).map(at)).filter(group => group.length > 1);
  const lists: Partial<Problem> = {
    ...(share ? {share: groups(share)} : {}),
    ...(adjacent ? {adjacent: groups(adjacent)} : {}),
    ...(separate ? {separate: groups(separate) as [number, number][]} : {}),
    ...(views
      ? {
          views: views
            .filter(({buffer, of}) => has(buffer, of))
            .map(({buffer, of, offset}) => ({buffer: at(buffer), of: at(of), offset})),
        }
      : {}),
    ...(inPlace
      ? {
          inPlace: inPlace
            .filter(({input, output}) => has(input, output))
            .map(({input, output}) => ({input: at(input), output: at(output)})),
        }
      : {}),
    ...(scopes
      ? {
          scopes: scopes.map(({reads, writes}) => ({
            reads: reads.filter(i => has(i)).map(at),
            writes: writes.filter(i => has(i)).map(at),
          })),
        }
      : {}),
  };
  const stated = Object.entries(lists).filter(([, list]) => (list as readonly unknown[]).length > 0);
  return {...rest, ...Object.fromEntries(stated), buffers: buffers.filter((_, i) => i !== gone)};
}
