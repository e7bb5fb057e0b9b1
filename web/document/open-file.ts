/** One open file: its content, the shown device, and the plan for that device. */
import type {Imported} from '../../bindings/trace.ts';
import {Calls} from './calls.ts';
import {Clock} from './clock.ts';
import {Items} from './items.ts';
import {Planned} from './planned.ts';
import {type RecordedClock, recordedClock} from './recorded-clock.ts';
import {firstDevice, type Subject, subjectOf} from './subject.ts';

/** A file as it was read. */
export interface ReadFile {
  readonly name: string;
  readonly imported: Imported;
  /** How long reading took. */
  readonly seconds: number;
}

export class OpenFile {
  #read: ReadFile | undefined;
  #device = 0;
  #subject: Subject | undefined;
  #items: Items | undefined;
  #calls: Calls | undefined;
  #planned: Planned | undefined;
  #recorded: RecordedClock | string | undefined;

  open(read: ReadFile): void {
    this.#read = read;
    this.#device = firstDevice(read.imported);
  }

  /** Shows another device; drops the plan for the one before. */
  choose(device: number): void {
    if (device === this.#device) return;
    this.#device = device;
    this.#subject = undefined;
    this.#items = undefined;
    this.#calls = undefined;
    this.#planned = undefined;
    this.#recorded = undefined;
  }

  /** @throws before a file is open. */
  get read(): ReadFile {
    if (!this.#read) throw new Error('nothing is open');
    return this.#read;
  }

  get imported(): Imported {
    return this.read.imported;
  }

  get device(): number {
    return this.#device;
  }

  get subject(): Subject {
    this.#subject ??= subjectOf(this.imported, this.#device);
    return this.#subject;
  }

  /** The times of the device's events; why there are none, in words, where they cannot be used. */
  get recorded(): RecordedClock | string {
    this.#recorded ??= recordedClock(this.imported, this.#device);
    return this.#recorded;
  }

  /** Undefined where there are no times. */
  get clock(): Clock | undefined {
    const {recorded} = this;
    return typeof recorded === 'string' ? undefined : new Clock(recorded.times);
  }

  get items(): Items {
    this.#items ??= new Items(this.subject, this.clock);
    return this.#items;
  }

  get calls(): Calls {
    this.#calls ??= new Calls(this.imported, this.#device);
    return this.#calls;
  }

  get planned(): Planned {
    this.#planned ??= new Planned(this.imported, this.#device);
    return this.#planned;
  }

  /** Bytes, where the plan has an item; NaN where it has not. */
  offsetOf(item: number): number {
    return this.planned.offsetsByItem(this.subject.count)[item]!;
  }
}
