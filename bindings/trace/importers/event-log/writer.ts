/** Writes a trace as an event log (docs/event-log.md), in pieces; reading them gives the same trace. */
import {FREE, MALLOC, NONE, RECORD, SYNC, type Trace, WAIT, WRITE} from '../../trace.ts';
import {EVENT_LOG_SCHEMA, PATH_FIELDS} from './event-log.ts';

const LINES_PER_PIECE = 500;

export function* writeEventLog(trace: Trace): Generator<string, void, undefined> {
  let piece = header(trace);
  for (const {name, start, end, thread} of trace.annotations) {
    piece += `${JSON.stringify({event: 'annotation', name, start, end, thread})}\n`;
  }
  const hasTimes = trace.events.time.some(time => time !== 0);
  const writer = new EventWriter(trace, hasTimes);
  for (let event = 0; event <= trace.events.count; event++) {
    piece += writer.before(event);
    if (event < trace.events.count) piece += writer.event(event);
    if (event % LINES_PER_PIECE === LINES_PER_PIECE - 1) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

function header({devices, inferred, warnings}: Trace): string {
  return `${JSON.stringify({
    schema: EVENT_LOG_SCHEMA,
    devices,
    ...(devices[0] ? {device: devices[0].name} : {}),
    ...(inferred ? {inferred} : {}),
    ...(warnings.length > 0 ? {warnings} : {}),
  })}\n`;
}

class EventWriter {
  readonly #trace: Trace;
  readonly #hasTimes: boolean;
  /** Blocks written so far: they are in order of their first event. */
  #blocks = 0;
  #marks = 0;
  #syncs = 0;
  /** Foreign uses written so far. */
  #uses = 0;

  constructor(trace: Trace, hasTimes: boolean) {
    this.#trace = trace;
    this.#hasTimes = hasTimes;
  }

  /** The marks and sync points between an event and the one before it. */
  before(event: number): string {
    const {marks, syncs} = this.#trace;
    let text = '';
    for (; this.#marks < marks.length && marks[this.#marks]!.event <= event; this.#marks++) {
      text += this.#syncsTo(marks[this.#marks]!.syncs ?? 0);
      text += this.#mark(this.#marks);
    }
    let to = this.#syncs;
    while (to < (syncs?.count ?? 0) && syncs!.event[to]! <= event) to++;
    return text + this.#syncsTo(to);
  }

  #syncsTo(to: number): string {
    let text = '';
    for (; this.#syncs < to; this.#syncs++) text += this.#sync(this.#syncs);
    return text;
  }

  event(event: number): string {
    const {events, blocks, operations, devices} = this.#trace;
    const block = events.block[event]!;
    const kind = events.kind[event]!;
    const isFirst = block === this.#blocks;
    if (isFirst) this.#blocks++;
    const device = blocks.device[block]!;
    const stream = blocks.stream[block]!;
    const operation = operations[blocks.operation[block]!]!;
    return `${JSON.stringify({
      event: kind === MALLOC ? 'malloc' : kind === FREE ? 'free' : kind === WRITE ? 'write' : 'read',
      address: `0x${blocks.address[block]!.toString(16)}`,
      // a block shows its size where it is first seen, be it a free
      ...(isFirst ? {size: blocks.bytes[block]} : {}),
      ...(this.#hasTimes ? {time: events.time[event]} : {}),
      ...(device > 0 ? {device: devices[device]!.name} : {}),
      ...(isFirst && stream !== 0n ? {stream: stream.toString()} : {}),
      ...this.#foreignStream(event),
      ...(isFirst && blocks.pool[block] !== 0 ? {pool: blocks.pool[block]} : {}),
      ...(kind === FREE && blocks.waitedFrom[block] !== NONE ? {requested: blocks.waitedFrom[block]} : {}),
      ...(isFirst && operation !== '' ? {operation} : {}),
      ...(isFirst ? this.#pathFields(block) : {}),
    })}\n`;
  }

  #foreignStream(event: number): {stream?: string} {
    const uses = this.#trace.foreignUses;
    if (uses?.event[this.#uses] !== event) return {};
    return {stream: uses.stream[this.#uses++]!.toString()};
  }

  #pathFields(block: number): object {
    const {paths, blocks} = this.#trace;
    const path = paths?.[blocks.path![block]!];
    return path
      ? Object.fromEntries(PATH_FIELDS.flatMap(field => (path[field] ? [[field, path[field]]] : [])))
      : {};
  }

  #mark(index: number): string {
    const {number, event} = this.#trace.marks[index]!;
    const fields = number === null ? {event: 'end'} : {event: 'iteration', number};
    return `${JSON.stringify({...fields, ...this.#timeBefore(event)})}\n`;
  }

  #sync(index: number): string {
    const {syncs, devices} = this.#trace;
    const {kind, event, device, hasStream, stream, fence} = syncs!;
    const at = kind[index]!;
    return `${JSON.stringify({
      event: at === RECORD ? 'record' : at === WAIT ? 'wait' : 'sync',
      ...(at === SYNC ? {} : {fence: fence[index]!.toString()}),
      ...(device[index]! > 0 ? {device: devices[device[index]!]!.name} : {}),
      ...(hasStream[index] ? {stream: stream[index]!.toString()} : {}),
      ...this.#timeBefore(event[index]!),
    })}\n`;
  }

  /** With the time of the event after it, or of the last one, a line keeps its position in the order. */
  #timeBefore(event: number): {time?: number} {
    const {time, count} = this.#trace.events;
    return this.#hasTimes && count > 0 ? {time: time[Math.min(event, count - 1)]!} : {};
  }
}
