/** Refuses opcodes that ask for more than plain data, and bytes that are no opcodes: by name, with their request. */
import {ImportError} from '../../../model/errors.ts';
import {OP, refusedName} from './opcodes.ts';
import type {PickleStack} from './stack.ts';
import type {PickleTexts} from './texts.ts';
import {TEXT} from './values.ts';

/** Throws, unless the names that belong into the message are still to come: then -1. */
export function refuse(
  opcode: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  stack: PickleStack,
  texts: PickleTexts,
): number {
  const name = refusedName(opcode);
  const {byte} = stack;
  if (name === undefined) {
    throw stack.fail(`0x${opcode.toString(16).padStart(2, '0')} is no opcode of pickle`);
  }
  const asked =
    opcode === OP.STACK_GLOBAL
      ? askedOnStack(stack, texts)
      : opcode === OP.GLOBAL || opcode === OP.INST
        ? askedInBytes(bytes, at + 1, end)
        : '';
  if (asked === undefined) return -1;
  const what = asked === '' ? `has the opcode ${name}` : `asks to import ${asked} (${name})`;
  throw new ImportError(
    `refused at byte ${byte}: the pickle ${what}; only plain data is read, and nothing is ever imported or run`,
    {format: texts.format, byte},
  );
}

/** `module.name` of the two texts on top; '' where they are none. */
function askedOnStack({top, tags, values}: PickleStack, texts: PickleTexts): string {
  const asked = [top - 2, top - 1].map(at => (at >= 0 && tags[at] === TEXT ? values[at]! : -1));
  return asked.includes(-1) ? '' : printable(asked.map(text => texts.text(text)).join('.'));
}

/** `module.name` of the two lines that follow; undefined where they are not there yet. */
function askedInBytes(bytes: Uint8Array, from: number, end: number): string | undefined {
  const most = Math.min(end, from + 200);
  const lines = new TextDecoder().decode(bytes.subarray(from, most)).split('\n');
  if (lines.length < 3 && most === end && end - from < 200) return undefined;
  return printable(lines.slice(0, 2).join('.'));
}

const printable = (text: string): string => text.slice(0, 120).replace(/[^\x20-\x7e]/g, '?');
