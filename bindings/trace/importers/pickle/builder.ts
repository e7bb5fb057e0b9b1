/** The opcodes of a pickle that take from the stack and make lists, dictionaries and tuples. */
import {OP} from './opcodes.ts';
import type {PickleStack} from './stack.ts';
import {BOOLEAN, DICT, INTEGER, LIST, NONE_VALUE, OPAQUE, PAIR} from './values.ts';

/** Receives lists, dictionaries and tuples. Values are `tags[i]` and `values[i]`, valid during the call only. */
export interface PickleSink {
  /** The number of a new list or dictionary. */
  newList(): number;
  newDict(): number;
  append(list: number, tags: Uint8Array, values: Float64Array, from: number, to: number): void;
  /** Keys and values by turns. */
  setItems(dict: number, tags: Uint8Array, values: Float64Array, from: number, to: number): void;
  /** The number of a tuple of two integers. */
  pair(first: number, second: number): number;
  /** The number of an integer beyond 2^53. */
  wide(value: bigint): number;
}

export class PickleBuilder {
  readonly #stack: PickleStack;
  readonly #sink: PickleSink;
  /** Whether the pickle said that it is complete. */
  hasEnded = false;

  constructor(stack: PickleStack, sink: PickleSink) {
    this.#stack = stack;
    this.#sink = sink;
  }

  /** The opcodes that take from the stack; false for one that is none of them. */
  build(opcode: number): boolean {
    switch (opcode) {
      case OP.SETITEMS:
        this.#setItems(this.#stack.popMark());
        return true;
      case OP.SETITEM:
        this.#stack.need(3);
        this.#setItems(this.#stack.top - 2);
        return true;
      case OP.APPENDS:
        this.#appendItems(this.#stack.popMark());
        return true;
      case OP.APPEND:
        this.#stack.need(2);
        this.#appendItems(this.#stack.top - 1);
        return true;
      case OP.LIST:
      case OP.DICT:
        this.#makeOf(opcode, this.#stack.popMark());
        return true;
      case OP.EMPTY_TUPLE:
        this.#stack.push(OPAQUE, 0);
        return true;
      case OP.TUPLE1:
      case OP.TUPLE2:
      case OP.TUPLE3:
        this.#stack.need(opcode - OP.TUPLE1 + 1);
        this.#tuple(this.#stack.top - (opcode - OP.TUPLE1 + 1));
        return true;
      case OP.TUPLE:
        this.#tuple(this.#stack.popMark());
        return true;
      case OP.NONE:
        this.#stack.push(NONE_VALUE, 0);
        return true;
      case OP.NEWTRUE:
      case OP.NEWFALSE:
        this.#stack.push(BOOLEAN, opcode === OP.NEWTRUE ? 1 : 0);
        return true;
      case OP.POP:
        this.#stack.need(1);
        this.#stack.top--;
        return true;
      case OP.POP_MARK:
        this.#stack.top = this.#stack.popMark();
        return true;
      case OP.DUP:
        this.#stack.need(1);
        this.#stack.push(this.#stack.tags[this.#stack.top - 1]!, this.#stack.values[this.#stack.top - 1]!);
        return true;
      case OP.STOP:
        this.#stack.need(1);
        this.#stack.tags[0] = this.#stack.tags[this.#stack.top - 1]!;
        this.#stack.values[0] = this.#stack.values[this.#stack.top - 1]!;
        this.hasEnded = true;
        return true;
    }
    return false;
  }

  #setItems(from: number): void {
    const dict = this.#stack.container(from, DICT, 'dictionary');
    if ((this.#stack.top - from) % 2 !== 0) throw this.#stack.fail('a key without a value');
    this.#sink.setItems(dict, this.#stack.tags, this.#stack.values, from, this.#stack.top);
    this.#stack.top = from;
  }

  #appendItems(from: number): void {
    const list = this.#stack.container(from, LIST, 'list');
    this.#sink.append(list, this.#stack.tags, this.#stack.values, from, this.#stack.top);
    this.#stack.top = from;
  }

  /** A list or dictionary of the values from there on, as protocols before 2 spell it. */
  #makeOf(opcode: number, from: number): void {
    const isDict = opcode === OP.DICT;
    const made = isDict ? this.#sink.newDict() : this.#sink.newList();
    if (isDict && (this.#stack.top - from) % 2 !== 0) throw this.#stack.fail('a key without a value');
    if (isDict) this.#sink.setItems(made, this.#stack.tags, this.#stack.values, from, this.#stack.top);
    else this.#sink.append(made, this.#stack.tags, this.#stack.values, from, this.#stack.top);
    this.#stack.top = from;
    this.#stack.push(isDict ? DICT : LIST, made);
  }

  #tuple(from: number): void {
    const [tags, values] = [this.#stack.tags, this.#stack.values];
    const isPair = this.#stack.top - from === 2 && tags[from] === INTEGER && tags[from + 1] === INTEGER;
    const pair = isPair ? this.#sink.pair(values[from]!, values[from + 1]!) : 0;
    this.#stack.top = from;
    this.#stack.push(isPair ? PAIR : OPAQUE, pair);
  }
}
