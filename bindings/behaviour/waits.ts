/**
 * Frees that waited for the work of other streams, block by block: the program asked for them, and they completed later.
 * Until then their bytes are live, and nobody uses them but that work, whose end no recording shows.
 *
 * Moments count the device's malloc and free events that have happened. A free is asked for in the moment `from`, after the event that
 * began it, and waits from then on, until the event that begins the moment `to`.
 */
import type {CudaRecording} from '../trace/cuda.ts';
import {type DeviceTimeline, timelineOf} from '../trace/timeline/device-timeline.ts';
import {NONE, type Trace} from '../trace/trace.ts';
import {countBelow} from './ascending.ts';
import {type Site, type Sites, sitesOf} from './sites.ts';
import {openWaits, waitEntries} from './wait-entries.ts';

export interface Wait {
  /** Index into `Trace.blocks`; null for a block from before the recording that still waits at its end. */
  readonly block: number | null;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
  /** Whether it still waits at the end of the recording; `to` is then the number of moments. */
  readonly isOpen: boolean;
  /** From the request to the completion, or to the last event; null where the recording has no clock. */
  readonly microseconds: number | null;
  /** Of a snapshot: stacks of the request, and of the call that found the work done; 0 where unknown. */
  readonly requestedBy: number;
  readonly completedBy: number;
  /** Index into `Waits.sites`. */
  readonly site: number;
}

/** The waits of the blocks that one site allocated; bytes. */
export interface WaitSite {
  readonly site: Site;
  readonly count: number;
  /** The most that they held at once. */
  readonly most: number;
  /** Held at the peak of the recording. */
  readonly atPeak: number;
  /** Its longest wait, in memory events and in microseconds. */
  readonly events: number;
  readonly microseconds: number | null;
  /** The largest block: index into `Trace.blocks`; null where it has none. */
  readonly largest: number | null;
}

export interface Waits {
  /** In order of their requests. */
  readonly waits: readonly Wait[];
  /** What holds most at the peak first, then what holds most at any time. */
  readonly sites: readonly WaitSite[];
  /** The most bytes held at once, and the first moment of it. */
  readonly most: number;
  readonly mostMoment: number;
  /** The peak of the recording, blocks from before it among them; bytes and moment. */
  readonly peak: number;
  readonly peakMoment: number;
  /** Of the peak: bytes whose free waited when it was reached. */
  readonly atPeak: number;
  /**
   * The peak of the same events, had each waiting block been free at its request. Other streams may have needed some bytes for
   * longer, so a run that waits less has a peak of this at least.
   */
  readonly peakWithout: number;
  /** Bytes that waited at the end of each moment, when it had the most. */
  readonly overTime: Float64Array;
}

/** @param device index into `Trace.devices`. */
export function waitsOf(trace: Trace, device: number): Waits {
  const timeline = timelineOf(trace, device);
  const found = findWaits(timeline).sort((a, b) => a.from - b.from || a.to - b.to);
  const moments = timeline.memory.count + 1;
  const overTime = heldOver(found, moments, 0);
  // a moment begins with an event: what is asked for later in it did not wait yet
  const atBegin = heldOver(found, moments, 1);
  const older = trace.cuda?.devices[device]?.persistent.bytes ?? 0;
  const [peakMoment, live] = highest(timeline.live);
  const [mostMoment, most] = highest(overTime);
  const [, without] = highest(timeline.live.map((bytes, moment) => bytes - atBegin[moment]!));
  const {sites, numbers} = sitesOfWaits(found, sitesOf(timeline), {moments, peakMoment});
  return {
    waits: found.map((wait, i) => ({...wait, site: numbers[i]!})),
    sites,
    most,
    mostMoment,
    peak: older + live,
    peakMoment,
    atPeak: atBegin[peakMoment]!,
    peakWithout: older + without,
    overTime,
  };
}

export type FoundWait = Omit<Wait, 'site'>;

function findWaits(timeline: DeviceTimeline): FoundWait[] {
  const {trace, device, memory, free, waiting} = timeline;
  const {blocks, events} = trace;
  const hasClock = (events.time.at(-1) ?? 0) > 0;
  const entryOf = waitEntries(timeline);
  const completed = [...waiting].map(block => {
    const entries = entryOf.get(block);
    const timeOf = timesOf(trace.cuda, entries) ?? {
      from: events.time[blocks.waitedFrom[block]!]!,
      to: events.time[blocks.freeEvent[block]!]!,
    };
    return {
      block,
      bytes: blocks.bytes[block]!,
      from: countBelow(memory.event, blocks.waitedFrom[block]!),
      to: free[block]! + 1,
      isOpen: false,
      microseconds: hasClock ? timeOf.to - timeOf.from : null,
      requestedBy: entries ? trace.cuda!.entries.stack[entries.requested]! : 0,
      completedBy: entries ? trace.cuda!.entries.stack[entries.completed]! : 0,
    };
  });
  return [...completed, ...(trace.cuda ? openWaits(timeline, device, hasClock) : [])];
}

function timesOf(
  cuda: CudaRecording | undefined,
  entries: {readonly requested: number; readonly completed: number} | undefined,
): {from: number; to: number} | undefined {
  if (!cuda || !entries || entries.completed === NONE) return undefined;
  const {time} = cuda.entries;
  return {from: time[entries.requested]!, to: time[entries.completed]!};
}

/** Bytes held at each moment. @param late moments after the request that do not count. */
function heldOver(waits: readonly FoundWait[], moments: number, late: number): Float64Array {
  const held = new Float64Array(moments + 1);
  for (const {from, to, bytes} of waits) {
    held[from + late]! += bytes;
    held[to]! -= bytes;
  }
  for (let moment = 1; moment < moments; moment++) held[moment]! += held[moment - 1]!;
  return held.subarray(0, moments);
}

/** The first index of the highest value, and the value. */
function highest(values: Float64Array): [index: number, value: number] {
  let most = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[most]!) most = i;
  return [most, values[most] ?? 0];
}

interface Moments {
  readonly moments: number;
  readonly peakMoment: number;
}

function sitesOfWaits(
  waits: readonly FoundWait[],
  sites: Sites,
  {moments, peakMoment}: Moments,
): {sites: WaitSite[]; numbers: number[]} {
  const groups = new Map<number | null, number[]>();
  waits.forEach(({block}, i) => {
    const key = block === null ? null : sites.numberOf(block);
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  const made = [...groups.values()].map(group => {
    const own = group.map(i => waits[i]!);
    return {group, site: waitSite(own, sites, moments, peakMoment)};
  });
  made.sort(
    (a, b) => b.site.atPeak - a.site.atPeak || b.site.most - a.site.most || a.group[0]! - b.group[0]!,
  );
  const numbers = new Array<number>(waits.length);
  made.forEach(({group}, site) => {
    for (const i of group) numbers[i] = site;
  });
  return {sites: made.map(({site}) => site), numbers};
}

const UNKNOWN: Site = {by: 'before', key: 0, name: 'allocated before the recording', operation: ''};

function waitSite(own: readonly FoundWait[], sites: Sites, moments: number, peakMoment: number): WaitSite {
  const [first] = own;
  const isAtPeak = ({from, to}: FoundWait) => from < peakMoment && peakMoment < to;
  const longest = own.reduce((most, {microseconds}) => Math.max(most, microseconds ?? 0), 0);
  const largest = own.reduce((most, wait) => (wait.bytes > most.bytes ? wait : most));
  return {
    site: first!.block === null ? UNKNOWN : sites.siteOf(first!.block),
    count: own.length,
    most: mostOf(own, moments),
    atPeak: own.filter(isAtPeak).reduce((sum, {bytes}) => sum + bytes, 0),
    events: own.reduce((most, {from, to}) => Math.max(most, Math.min(to, moments - 1) - from), 0),
    microseconds: first!.microseconds === null ? null : longest,
    largest: largest.block,
  };
}

/** The most bytes that some waits held at once. */
function mostOf(waits: readonly FoundWait[], moments: number): number {
  const changes = waits.flatMap(({from, to, bytes}) => [[from, bytes] as const, [to, -bytes] as const]);
  changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let [now, most] = [0, 0];
  for (const [moment, bytes] of changes) {
    if (moment > moments) break;
    now += bytes;
    most = Math.max(most, now);
  }
  return most;
}
