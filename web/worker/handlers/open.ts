/** Opens a file and chooses its device. */
import {type DeviceLimit, deviceLimit} from '../../../bindings/allocators/index.ts';
import type {Dimension} from '../../../bindings/model/symbolic.ts';
import {
  describeEndState,
  describePlace,
  describeRecordingPeak,
  describeWaitingFrees,
  type EndState,
  endState,
  hasStateOnly,
  type Imported,
  type ImportOptions,
  importFile,
  recordingPeak,
  timelineOf,
  waitingFrees,
} from '../../../bindings/trace.ts';
import type {OpenFile} from '../../document/open-file.ts';
import {highestOf} from '../../document/peaks.ts';
import type {Listener} from '../link.ts';
import {fetched} from './fetched.ts';

/** Sizes of the dimensions of a model, by name; a range keeps one open. */
export type DimensionSizes = NonNullable<ImportOptions['dims']>;

export interface OpenRequest {
  readonly name: string;
  /** The source: a file of the user's, or an address that the page may fetch from. */
  readonly blob?: Blob;
  readonly url?: string;
  readonly dims?: DimensionSizes;
}

/** The kind of the file. */
export interface Opened {
  readonly format: string;
  readonly kind: Imported['kind'];
  /** Names; for a trace. */
  readonly devices: readonly string[];
  readonly device: number;
  readonly isCuda: boolean;
  readonly hasOperations: boolean;
  /** Whether its operators may be put into another order, as those of a model. */
  readonly hasOperators: boolean;
  readonly seconds: number;
  readonly warnings: readonly string[];
  /** Dimensions of more than one value. */
  readonly dimensions: readonly Required<Dimension>[];
}

/** Facts about a device, or about a problem. */
export interface SubjectInfo {
  readonly items: number;
  readonly moments: number;
  /** The recorded times; why there is no axis by clock, in words, where they cannot be used. */
  readonly clock: {readonly notes: readonly string[]} | string;
  /** Bytes, of items alone; and where. */
  readonly peak: number;
  readonly peakMoment: number;
  readonly persistent: number;
  /** The peak of the whole recording: bytes, a failed request among them, its place, and both in words; for a trace. */
  readonly recording: {readonly bytes: number; readonly place: string; readonly words: string} | undefined;
  readonly streams: number;
  /** Frees that waited for other streams, in words; `''` where none did. */
  readonly waiting: string;
  readonly reserved: {readonly most: number; readonly end: number} | undefined;
  readonly iterations: readonly {readonly number: number; readonly isWhole: boolean}[];
  readonly iterationSource: string;
  readonly hasSegments: boolean;
  readonly failedRequests: number;
  /** The allocator at the end, where the recording holds its segments; in lines for people. */
  readonly state: {readonly end: EndState; readonly lines: readonly string[]} | undefined;
  /** Whether the state at the end is all that was recorded of the device. */
  readonly hasStateOnly: boolean;
  /** The memory that the allocator had, as a failed request shows it. */
  readonly limit: DeviceLimit | undefined;
}

export interface OpenedWithSubject {
  readonly opened: Opened;
  readonly subject: SubjectInfo;
}

/** Bytes between two reports of how much was read. */
const REPORT_BYTES = 1 << 20;

export class OpenHandler {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** The file, and its first device: one answer, since the page needs both. Undefined where the program that has models is to read it. @param onRead hears how many bytes were read. */
  async open(request: OpenRequest, onRead: Listener<number>): Promise<OpenedWithSubject | undefined> {
    try {
      const opened = await this.#read(request, onRead);
      return {opened, subject: this.choose(opened.device)};
    } catch (error) {
      // by name: the program that reads models has no such class
      if (error instanceof Error && error.name === 'IsModel') return undefined;
      throw error;
    }
  }

  async #read({name, blob, url, dims}: OpenRequest, onRead: Listener<number>): Promise<Opened> {
    const began = performance.now();
    const data = blob ?? (await fetched(url!));
    let reported = 0;
    const onProgress = (bytes: number) => {
      if (bytes - reported < REPORT_BYTES) return;
      reported = bytes;
      onRead(bytes);
    };
    const imported = await importFile({name, data}, {onProgress, ...(dims ? {dims} : {})});
    const seconds = (performance.now() - began) / 1000;
    this.#file.open({name, imported, seconds});
    const isTrace = imported.kind === 'trace';
    return {
      format: imported.format,
      kind: imported.kind,
      devices: isTrace ? imported.trace.devices.map(device => device.name) : [],
      device: this.#file.device,
      isCuda: isTrace && imported.trace.cuda !== undefined,
      hasOperations: isTrace ? imported.trace.operations.length > 1 : imported.operations !== undefined,
      hasOperators: !isTrace && imported.operators !== undefined,
      seconds,
      warnings: isTrace ? imported.trace.warnings : imported.warnings,
      dimensions: isTrace ? [] : (imported.symbolic?.dimensions ?? []),
    };
  }

  choose(device: number): SubjectInfo {
    this.#file.choose(device);
    const {imported, subject, recorded} = this.#file;
    const {own, moments, live, at, persistent, iterations} = subject;
    const peak = highestOf(subject);
    const cuda = imported.kind === 'trace' ? imported.trace.cuda : undefined;
    const reserved = cuda?.devices[device]?.reserved;
    return {
      items: own.length,
      moments,
      clock: typeof recorded === 'string' ? recorded : {notes: recorded.notes},
      peak: live[peak]!,
      peakMoment: at[peak]!,
      persistent,
      ...recordingOf(imported, device),
      reserved: reserved && reserved.most > 0 ? reserved : undefined,
      iterations: iterations.iterations.map(({number, whole}) => ({number, isWhole: whole})),
      iterationSource: iterations.source,
      hasSegments: cuda?.segments.some(segment => segment.device === device) ?? false,
      failedRequests:
        cuda?.outOfMemory.filter(({entry}) => cuda.entries.device[entry] === device).length ?? 0,
      ...stateOf(imported, device),
      limit: imported.kind === 'trace' ? deviceLimit(imported.trace, device) : undefined,
    };
  }
}

function recordingOf(
  imported: Imported,
  device: number,
): Pick<SubjectInfo, 'recording' | 'streams' | 'waiting'> {
  if (imported.kind === 'problem') return {recording: undefined, streams: 1, waiting: ''};
  const {trace} = imported;
  const peak = recordingPeak(trace, device);
  return {
    recording: {bytes: peak.bytes, place: describePlace(peak.place), words: describeRecordingPeak(peak)},
    streams: timelineOf(trace, device).parts('apart').streams,
    waiting: describeWaitingFrees(waitingFrees(trace, device)),
  };
}

function stateOf(imported: Imported, device: number): Pick<SubjectInfo, 'state' | 'hasStateOnly'> {
  if (imported.kind === 'problem') return {state: undefined, hasStateOnly: false};
  const end = endState(imported.trace, device);
  return {
    state: end && {end, lines: describeEndState(end)},
    hasStateOnly: hasStateOnly(imported.trace, device),
  };
}
