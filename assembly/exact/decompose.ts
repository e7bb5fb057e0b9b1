/** What is left of a problem once a candidate stands: one part, or several that are searched by themselves, the heaviest first. */
import {setU32, u32At, u64At} from '../memory/column';
import {DECOMPOSITION, Probe, rank} from './partial-plan';
import {Frame, findHeaviest, frameAt, push, reserveList, succeed} from './stack';

/** A part of a split: its sections `[first, last)`, and the bytes of the heaviest. */
export const SUB_BYTES: u32 = 16;

/** The candidate stands: searches what is left, in parts where it falls apart. */
export function descend(probe: Probe, frame: Frame): void {
  const canBeCut = probe.isCut && (probe.rules & DECOMPOSITION) != 0;
  if (!canBeCut && frame.to - frame.from > 1) {
    pushRest(probe, frame, frame.first, frame.last);
    return;
  }
  const subFrom = probe.subTop;
  let first = frame.first;
  let section = frame.first;
  for (; section < frame.last; section++) {
    const isCut = (probe.rules & DECOMPOSITION) != 0 && u32At(probe.crossing, section) == 0;
    if (!isCut && section + 1 < frame.last) continue;
    addSub(probe, first, section + 1);
    first = section + 1;
  }
  const count = probe.subTop - subFrom;
  if (count == 1) {
    const sub = probe.subs + <usize>subFrom * SUB_BYTES;
    probe.subTop = subFrom;
    pushRest(probe, frame, load<u32>(sub), load<u32>(sub, 4));
  } else if (count == 0) succeed(probe);
  else pushSplit(probe, frame, subFrom);
}

/** One part, the sections `[first, last)`: the same buffers in the same order, less the one just placed. */
function pushRest(probe: Probe, frame: Frame, first: u32, last: u32): void {
  const from = probe.listTop;
  reserveList(probe, frame.to - frame.from);
  const before = (<usize>(frame.candidateAt - frame.from)) << 2;
  const after = (<usize>(frame.to - frame.candidateAt - 1)) << 2;
  const list = probe.lists + ((<usize>from) << 2);
  memory.copy(list, probe.lists + ((<usize>frame.from) << 2), before);
  memory.copy(list + before, probe.lists + ((<usize>frame.candidateAt + 1) << 2), after);
  probe.listTop = from + frame.to - frame.from - 1;
  const rest = push(probe, from, probe.listTop, first, last);
  rest.heaviest = frame.heaviest;
  rest.heaviestSection = frame.heaviestSection;
  const isThere = frame.heaviestSection >= first && frame.heaviestSection < last;
  if (!isThere || u64At(probe.total, frame.heaviestSection) != frame.heaviest) findHeaviest(probe, rest);
}

/** Notes the sections `[first, last)` as a part, if anything is unplaced there; the heaviest part ends up last. */
function addSub(probe: Probe, first: u32, last: u32): void {
  let heaviest: u64 = 0;
  for (let section = first; section < last; section++) heaviest = max(heaviest, u64At(probe.total, section));
  if (heaviest == 0) return;
  const at = probe.subs + <usize>probe.subTop * SUB_BYTES;
  probe.subTop++;
  store<u32>(at, first);
  store<u32>(at, last, 4);
  store<u64>(at, heaviest, 8);
}

function pushSplit(probe: Probe, parent: Frame, subFrom: u32): void {
  sortSubs(probe, subFrom);
  const split = frameAt(probe, probe.numFrames++);
  split.isSplit = 1;
  split.from = subFrom;
  split.to = probe.subTop;
  split.first = parent.from;
  split.last = parent.to;
  split.log = probe.logCount;
  split.candidate = subFrom;
}

/** Heaviest first; equal ones in order of time. */
function sortSubs(probe: Probe, from: u32): void {
  for (let i = from + 1; i < probe.subTop; i++) {
    const at = probe.subs + <usize>i * SUB_BYTES;
    const sections = load<u64>(at);
    const heaviest = load<u64>(at, 8);
    let j = i;
    for (; j > from && load<u64>(probe.subs + <usize>(j - 1) * SUB_BYTES, 8) < heaviest; j--) {
      memory.copy(probe.subs + <usize>j * SUB_BYTES, probe.subs + <usize>(j - 1) * SUB_BYTES, SUB_BYTES);
    }
    const to = probe.subs + <usize>j * SUB_BYTES;
    store<u64>(to, sections);
    store<u64>(to, heaviest, 8);
  }
}

/** Begins the split's next part; when none is left the split is solved. */
export function enterNextPart(probe: Probe, split: Frame): void {
  if (split.candidate == split.to) {
    probe.subTop = split.from;
    succeed(probe);
    return;
  }
  const sub = probe.subs + <usize>split.candidate * SUB_BYTES;
  split.candidate++;
  const first = load<u32>(sub);
  const last = load<u32>(sub, 4);
  probe.listTop = split.last; // what lies above belonged to parts that are solved
  const from = probe.listTop;
  reserveList(probe, split.last - split.first);
  for (let at = split.first; at < split.last; at++) {
    const k = u32At(probe.lists, at);
    if (
      u32At(probe.placed, k) == 0 &&
      u32At(probe.part.first, k) >= first &&
      u32At(probe.part.last, k) <= last
    ) {
      setU32(probe.lists, probe.listTop++, k);
    }
  }
  rank(probe, from, probe.listTop);
  findHeaviest(probe, push(probe, from, probe.listTop, first, last));
}
