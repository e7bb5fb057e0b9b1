/** Writes a trace as an event log (docs/event-log.md), in pieces; reading them gives the same trace. */
import {FREE, MALLOC, NONE, type Trace, WRITE} from '../../trace.ts';
import {EVENT_LOG_SCHEMA, PATH_FIELDS} from './event-log.ts';

const LINES_PER_PIECE = 500;

export function* writeEventLog(trace: Trace): Generator<string, void, undefined> {
  let piece = header(trace);
  for (const {name, start, end, thread} of trace.annotations) {
    piece += `${JSON.stringify({event: 'annotation', name, start, end, thread})}\n`;
  }
  const hasTimes = trace.events.time.some(time => time !== 0);
  const writer = new EventWriter(trace, hasTimes);
  let mark = 0;
  for (let event = 0; event <= trace.events.count; event++) {
    for (; mark < trace.marks.length && trace.marks[mark]!.event <= event; mark++) piece += writer.mark(mark);
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

  constructor(trace: Trace, hasTimes: boolean) {
    this.#trace = trace;
    this.#hasTimes = hasTimes;
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
      ...(isFirst && blocks.pool[block] !== 0 ? {pool: blocks.pool[block]} : {}),
      ...(kind === FREE && blocks.waitedFrom[block] !== NONE ? {requested: blocks.waitedFrom[block]} : {}),
      ...(isFirst && operation !== '' ? {operation} : {}),
      ...(isFirst ? this.#pathFields(block) : {}),
    })}\n`;
  }

  #pathFields(block: number): object {
    const {paths, blocks} = this.#trace;
    const path = paths?.[blocks.path![block]!];
    return path
      ? Object.fromEntries(PATH_FIELDS.flatMap(field => (path[field] ? [[field, path[field]]] : [])))
      : {};
  }

  mark(index: number): string {
    const {marks, events} = this.#trace;
    const {number, event} = marks[index]!;
    // with the time of the event after it, or of the last one, it keeps its position in the order
    const time = this.#hasTimes ? {time: events.time[Math.min(event, events.count - 1)]} : {};
    return `${JSON.stringify({...(number === null ? {event: 'end'} : {event: 'iteration', number}), ...time})}\n`;
  }
}
