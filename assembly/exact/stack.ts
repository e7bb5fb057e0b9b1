/** The frames of a probe: an explicit stack of nodes and splits, and the lists of buffers that they are about. */
import {alloc} from '../memory/arena';
import {u64At} from '../memory/column';
import {NONE} from '../memory/layout';
import {Probe} from './partial-plan';

@unmanaged
export class Frame {
  /** For a split: parts still to be searched are `subs[from … to)`; for a node: unplaced buffers `lists[from … to)`. */
  isSplit: u32;
  from: u32;
  to: u32;
  /** Sections `[first, last)`. */
  first: u32;
  last: u32;
  /** Length of the log when the frame began, and before the candidate it is trying was placed. */
  log: u32;
  candidateLog: u32;
  candidate: u32;
  /** Where in `lists` the candidate is. */
  candidateAt: u32;
  /** A section with the most unplaced bytes, and these. */
  heaviestSection: u32;
  heaviest: u64;
}

export const FRAME_BYTES: u32 = 48;

export function frameAt(probe: Probe, index: u32): Frame {
  return changetype<Frame>(probe.frames + <usize>index * FRAME_BYTES);
}

export function topFrame(probe: Probe): Frame {
  return frameAt(probe, probe.numFrames - 1);
}

export function push(probe: Probe, from: u32, to: u32, first: u32, last: u32): Frame {
  const frame = frameAt(probe, probe.numFrames++);
  frame.isSplit = 0;
  frame.from = from;
  frame.to = to;
  frame.first = first;
  frame.last = last;
  frame.log = probe.logCount;
  frame.candidate = NONE;
  return frame;
}

export function findHeaviest(probe: Probe, frame: Frame): void {
  frame.heaviest = 0;
  frame.heaviestSection = frame.first;
  for (let section = frame.first; section < frame.last; section++) {
    if (u64At(probe.total, section) <= frame.heaviest) continue;
    frame.heaviest = u64At(probe.total, section);
    frame.heaviestSection = section;
  }
}

/** The frame on top is solved: what waited for it goes on, or is solved with it. */
export function succeed(probe: Probe): void {
  probe.numFrames--;
  while (probe.numFrames > 0 && topFrame(probe).isSplit == 0) probe.numFrames--;
}

export function reserveList(probe: Probe, more: u32): void {
  if (probe.listTop + more <= probe.listRoom) return;
  const room = max<u32>(probe.listRoom * 2, probe.listTop + more);
  const lists = alloc((<u64>room) << 2);
  memory.copy(lists, probe.lists, (<usize>probe.listTop) << 2);
  probe.lists = lists;
  probe.listRoom = room;
}
