/** An ONNX model of fixed shapes with a dimension in place of its batch: declared shapes of values are dropped, inputs changed. */
import {BinaryReader, BinaryWriter} from '@bufbuild/protobuf/wire';
import {FLOAT, value} from '../trace/models.ts';

const DELIMITED = 2;
const GRAPH = 7;
const INPUT = 11;
const VALUE_INFO = 13;

/** The fields of a message: number, type and bytes as they are; of delimited ones the content. */
function fieldsOf(bytes: Uint8Array): {number: number; type: number; content: Uint8Array}[] {
  const reader = new BinaryReader(bytes);
  const fields = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const from = reader.pos;
    const content = type === DELIMITED ? reader.bytes() : undefined;
    if (!content) reader.skip(type);
    fields.push({number, type, content: content ?? bytes.subarray(from, reader.pos)});
  }
  return fields;
}

/** @param shape of the input of that name */
export function withInputShape(
  model: Uint8Array,
  name: string,
  shape: readonly (number | string)[],
): Uint8Array {
  const writer = new BinaryWriter();
  for (const {number, type, content} of fieldsOf(model)) {
    writer.tag(number, type);
    if (number === GRAPH) writer.bytes(changedGraph(content, name, shape));
    else if (type === DELIMITED) writer.bytes(content);
    else writer.raw(content);
  }
  return writer.finish();
}

function changedGraph(graph: Uint8Array, name: string, shape: readonly (number | string)[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const {number, type, content} of fieldsOf(graph)) {
    if (number === VALUE_INFO) continue;
    const isChanged = number === INPUT && nameOf(content) === name;
    writer.tag(number, type);
    if (isChanged) writer.bytes(value(name, FLOAT, shape));
    else if (type === DELIMITED) writer.bytes(content);
    else writer.raw(content);
  }
  return writer.finish();
}

export function nameOf(info: Uint8Array): string {
  const field = fieldsOf(info).find(({number}) => number === 1);
  return new TextDecoder().decode(field?.content);
}

/** Names of the inputs of a model's graph. */
export function inputsOf(model: Uint8Array): string[] {
  const graph = fieldsOf(model).find(({number}) => number === GRAPH)!.content;
  return fieldsOf(graph)
    .filter(({number}) => number === INPUT)
    .map(({content}) => nameOf(content));
}
