/** One iteration of a recording as a script: what is allocated and freed, in order, again and again. */
import {readFileSync} from 'node:fs';
import {importFile, type StepOptions, stepProblem} from '../../bindings/trace.ts';

/** One allocation of the iteration. */
export interface ScriptRow {
  readonly operation: string;
  /** Bytes. */
  readonly size: number;
}

export interface ScriptEvent {
  readonly kind: 'malloc' | 'free';
  /** Index into `Script.rows`. */
  readonly row: number;
  /** For a free: how many iterations ago the block was allocated. */
  readonly lag: number;
  /** For a free: the number of live blocks of the row before it; it frees the oldest. */
  readonly held: number;
}

export interface Script {
  readonly name: string;
  /** In order of allocation. */
  readonly rows: readonly ScriptRow[];
  readonly events: readonly ScriptEvent[];
}

/** The script of an example's iteration. Blocks that live throughout are none of it. */
export async function readScript(file: string, options: StepOptions = {}): Promise<Script> {
  const url = new URL(`../../examples/${file}`, import.meta.url);
  const imported = await importFile({name: file, data: readFileSync(url)});
  if (imported.kind !== 'trace') throw new Error(`${file} is no recording`);
  const {problem, operations, twins, ticks} = stepProblem(imported.trace, options);
  const events: [tick: number, event: ScriptEvent][] = [];
  const rows: ScriptRow[] = [];
  const add = (buffer: number, start: number, end: number, lag: number) => {
    const row = rows.length;
    rows.push({operation: operations[buffer]!, size: problem.size[buffer]!});
    const held = end > start ? lag + 1 : lag;
    events.push([start, {kind: 'malloc', row, lag: 0, held: 0}], [end, {kind: 'free', row, lag, held}]);
  };
  const isTwin = new Set<number>();
  for (const {buffer, slots, start, end, periods} of twins) {
    for (let slot = 0; slot < slots; slot++) isTwin.add(buffer + slot);
    add(buffer, start, end === 0 ? ticks : end, end === 0 ? periods - 1 : periods);
  }
  for (let buffer = 0; buffer < problem.count; buffer++) {
    if (!isTwin.has(buffer)) add(buffer, problem.start[buffer]!, problem.end[buffer]!, 0);
  }
  events.sort(([a, x], [b, y]) => a - b || Number(x.kind === 'malloc') - Number(y.kind === 'malloc'));
  return renumbered(
    file,
    rows,
    events.map(([, event]) => event),
  );
}

/** Rows in order of allocation. */
function renumbered(name: string, rows: readonly ScriptRow[], events: readonly ScriptEvent[]): Script {
  const order = events.filter(({kind}) => kind === 'malloc').map(({row}) => row);
  const place = new Map(order.map((row, i) => [row, i]));
  return {
    name,
    rows: order.map(row => rows[row]!),
    events: events.map(event => ({...event, row: place.get(event.row)!})),
  };
}
