/**
 * Rules of the runtime, each broken on purpose: the perturbed iterations must notice. A mutation is an edit of one file
 * of `assembly/runtime/`, compiled as the release is, without touching the sources.
 */
import {loadPlannerSync} from '../../bindings/index.ts';
import {MODE, type RuntimeExports} from '../../bindings/runtime/instance.ts';
import {Runtime, type RuntimeOptions} from '../../bindings/runtime/runtime.ts';
import {compiled} from '../mutation/compile.ts';
import {seeded} from '../random.ts';
import {type Perturbed, perturb} from './perturbed.ts';
import {readScript} from './script.ts';

export interface Mutation {
  /** The rule that no longer holds. */
  readonly rule: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const mutation = (file: string, rule: string, from: string, to: string): Mutation => ({file, rule, from, to});

export const MUTATIONS: readonly Mutation[] = [
  mutation(
    'malloc',
    'the fast path serves no blocked slot',
    '(slot.key ^ key) | slot.blockedCount',
    'slot.key ^ key',
  ),
  mutation(
    'malloc',
    'the fast path compares keys',
    '(slot.key ^ key) | slot.blockedCount',
    'slot.blockedCount',
  ),
  mutation(
    'malloc',
    'the fast path serves nothing that is too large',
    'if (size > slot.size)',
    'if (size == u32.MAX_VALUE)',
  ),
  mutation('malloc', 'the slow path serves no blocked slot', '>= size && !isBlocked(slot)', '>= size'),
  mutation('malloc', 'the slow path serves nothing that is too large', 'slot.size >= size && ', ''),
  mutation(
    'malloc',
    'a slot that is served blocks the next that shares its bytes',
    '.blockedCount++',
    '.blockedCount += 0',
  ),
  mutation('malloc', 'a slot that is not served is passed', 'pass(plan, slot);\n  return 0', 'return 0'),
  mutation('malloc', 'canaries and poison take the slow path', '&& !isAttended(w)', ''),
  mutation('free', 'a freed slot is dead', 'entry.tag = address | SPECIAL;', ''),
  mutation('free', 'a freed slot blocks no more', 'entry.blocks.blockedCount--;', ''),
  mutation('free', 'a view keeps its block alive', '(entry).state++;', '(entry).state += 0;'),
  mutation(
    'free',
    'only what callers hold can be freed',
    'if (!isBlock(h, address)) return invalidFree(w);',
    '',
  ),
  mutation('address-table', 'a dead entry is distinguished from a live one', '&& isOccupied(entry) ?', '?'),
  mutation(
    'blocking',
    'slots that overlap in part share bytes',
    'slot.address < high && low < slot.address + slot.size',
    'slot.address == low',
  ),
  mutation(
    'blocking',
    'a slot that blocks a passed one blocks the next',
    'postpone(plan, blocker, index);',
    '',
  ),
  mutation(
    'blocking',
    'a postponed slot is listed with the slot that it blocks',
    'setU32(plan.postponed, blocked.index, <u32>changetype<usize>(blocker));',
    '',
  ),
  mutation(
    'blocking',
    'a postponed slot that dies leaves the list',
    'else setU32(plan.postponed, blocked.index, next);',
    '',
  ),
  mutation('match-slot', 'the cursor passes what nobody asked for', 'pass(plan, changetype<Slot>(at));', ''),
  mutation('plan', 'a plan with live slots keeps its arena', '(plan.isSealed && hasLive(plan))', 'false'),
  mutation('plan', 'a slot blocks the first that shares its bytes', 'nextSharing(plan, slot, i)', 'slot'),
  mutation('record', 'a lifetime lasts until its free', 'ROW_BYTES, w.numRows, 8)', 'ROW_BYTES, row + 1, 8)'),
  mutation('guard', 'a canary has bytes of its own', '? asked + CANARY_BYTES', '? asked'),
  mutation('heap', 'a header has bytes of its own', '<u64>bytes + HEADER', '<u64>bytes'),
  mutation('heap', 'a freed block is no block', 'block.check = 0;\n  const after', 'const after'),
  mutation(
    'heap',
    'what a split leaves over is its size less',
    'const rest = all - size;',
    'const rest = all;',
  ),
];

const PAGE = 1 << 16;

/** The runtime with some mutation, or without any. @throws Error where the source has not what is to be replaced */
export async function compileMutant(broken?: Mutation): Promise<WebAssembly.Module> {
  let applied = 0;
  const change = (file: string, text: string): string => {
    if (!broken || file !== `assembly/runtime/${broken.file}.ts`) return text;
    applied++;
    if (!text.includes(broken.from)) throw new Error(`${file} has no ${JSON.stringify(broken.from)}`);
    return text.replaceAll(broken.from, broken.to);
  };
  const binary = await compiled('assembly/runtime/index.ts', change, ['-O3']);
  if (broken && applied === 0) throw new Error(`assembly/runtime/${broken.file}.ts was not read`);
  return new WebAssembly.Module(binary);
}

/** A runtime over a memory of its own, by a module that need not be the one of the package. */
export function runtimeOf(
  module: WebAssembly.Module,
  {bytes, canaries, ...options}: RuntimeOptions & {readonly bytes: number; readonly canaries: boolean},
): Runtime {
  const exports = new WebAssembly.Instance(module).exports as unknown as RuntimeExports;
  const memory = exports.memory!;
  memory.grow(1 + bytes / PAGE - memory.buffer.byteLength / PAGE);
  const mode = canaries ? MODE.CANARIES : 0;
  const worker = exports.create(PAGE, bytes, 6, mode) >>> 0;
  return new Runtime({instance: {exports, memory, worker}, alignment: 64, mode}, options);
}

/** Perturbs a mutant. @returns how it was noticed; nothing where it was not */
export async function noticed(broken: Mutation | undefined, iterations: number): Promise<string | undefined> {
  const module = await compileMutant(broken);
  const script = await readScript('mobilenet_v2.inference.json.gz');
  const planner = loadPlannerSync();
  try {
    for (const replans of [false, true]) {
      const newRuntime: Perturbed['newRuntime'] = options => runtimeOf(module, {bytes: 2 ** 29, ...options});
      perturb({script, iterations, replans, planner, random: seeded(6), newRuntime});
    }
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
  return undefined;
}
