/**
 * Rules of the runtime, each broken on purpose: the perturbed iterations must notice. A mutation is an edit of one file
 * of `assembly/runtime/`, compiled as the release is, without touching the sources.
 */
import {loadPlannerSync} from '../../bindings/index.ts';
import {MODE, type RuntimeExports} from '../../bindings/runtime/instance.ts';
import {Runtime, type RuntimeOptions} from '../../bindings/runtime/runtime.ts';
import {compiled} from '../mutation/compile.ts';
import {seeded} from '../random.ts';
import {compareWithModel, LEAVING} from './differential.ts';
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
    'blocking',
    'a slot that is served blocks the next that shares its bytes',
    '(pair >> 32)).blockedCount++',
    '(pair >> 32)).blockedCount += 0',
  ),
  mutation('malloc', 'a slot that is not served is passed', 'pass(plan, slot);\n  return 0', 'return 0'),
  mutation('follow', 'canaries and poison take the slow path', '&& !isAttended(w)', ''),
  mutation('malloc', 'the next event has the key', 'if (event.key == key) {', 'if (size != NONE) {'),
  mutation('malloc', 'the next event is as large', 'if (size < event.limit) {', 'if (size != NONE) {'),
  mutation('malloc', 'a key that the plan has is an event or a difference', ', 4) == 0) {', ', 4) != 0) {'),
  mutation(
    'free',
    'the address of an allocation is no free',
    "if (load<u64>(changetype<usize>(event), offsetof<Event>('address')) != <u64>address)",
    'if (event.address != address)',
  ),
  mutation(
    'free',
    'a call outside the log has the accounts made',
    'if (w.followed == at) differ(w);\n    else if',
    'if',
  ),
  mutation(
    'free',
    'a free between iterations has the accounts made',
    'numLiveApart(w, plan) != 0) settle',
    'false) settle',
  ),
  mutation(
    'match-slot',
    'a slot that was not asked for is in no log',
    'if (w.log != 0) abandonLog(w);\n    pass',
    'pass',
  ),
  mutation(
    'follow',
    'what is live gets its accounts',
    'liveBefore(log, event, true)',
    'liveBefore(log, event, false)',
  ),
  mutation(
    'follow',
    'what lives on between iterations gets its accounts',
    'liveBefore(log, log.events, true)',
    'liveBefore(log, log.events, false)',
  ),
  mutation(
    'follow',
    'serving goes on where the log was left',
    'positionBefore(log, event)',
    'positionBefore(log, log.events)',
  ),
  mutation(
    'follow',
    'a log is followed from its live slots alone',
    'live - plan.numIdle != expected',
    'false',
  ),
  mutation(
    'follow',
    'a log is followed from each of its live slots',
    'if (!isLive(slot) || slot',
    'if (slot',
  ),
  mutation('follow', 'a log is followed without a view of its live slots', ' || slot.entry.state != 0', ''),
  mutation(
    'follow',
    'a log that ends otherwise than the next begins is not linked',
    'if (log.isLinked && ',
    'if (',
  ),
  mutation(
    'follow',
    'an iteration ends where its log does',
    '(eventOfNow(w)).slot) == MARK',
    '(eventOfNow(w)).slot) != 0',
  ),
  mutation('follow', 'accounts are emptied before a log is followed', 'entry.blocks.blockedCount--;', ''),
  mutation(
    'follow',
    'nothing is served by events while interrupted',
    'w.isInterrupted ? w.noEvent : event',
    'event',
  ),
  mutation('event-log', 'what was freed since the checkpoint is dead', ' || u32At(log.ends, i) < index', ''),
  mutation(
    'event-log',
    'what was live at the checkpoint may be dead',
    'if (load<u32>(live, 4) < index) continue;',
    '',
  ),
  mutation(
    'event-log',
    'what is live at a checkpoint is live at the next',
    'if (end >= event && !addLive',
    'if (end == NONE && !addLive',
  ),
  mutation(
    'event-log',
    'a checkpoint has what was served since the last',
    'if (!addLive(log, eventOf',
    'if (end == NONE && !addLive(log, eventOf',
  ),
  mutation(
    'event-log',
    'a checkpoint is not behind the event',
    '.event > event) i--',
    '.event > event + 9) i--',
  ),
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
  mutation('plan', 'a plan with live slots keeps its arena', '(plan.isSealed && hasLive(w, plan))', 'false'),
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
async function compileMutant(broken?: Mutation): Promise<WebAssembly.Module> {
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
function runtimeOf(
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
    for (let seed = 1; seed <= 6; seed++) compareWithModel({module, seed, length: 4 + seed, live: 2 + seed});
    for (const live of [20, 500])
      compareWithModel({module, seed: live, length: 1500, live, positions: 1, differences: LEAVING});
    for (const replans of [false, true]) {
      const newRuntime: Perturbed['newRuntime'] = options => runtimeOf(module, {bytes: 2 ** 29, ...options});
      perturb({script, iterations, replans, planner, random: seeded(6), newRuntime});
    }
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
  return undefined;
}
