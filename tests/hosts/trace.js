/**
 * What every host runs, unchanged: loads the trace entry, reads two examples, a snapshot and a file of each container that is
 * read by a part loaded on demand, prints what it saw as one JSON line.
 */
import {importFile} from '../../dist/trace.js';

/** `zstd -19` of a CSV of two buffers. */
const ZSTD = 'KLUv/SQkIQEAaWQsbG93ZXIsdXBwZXIsc2l6ZQphLDAsMiw4CmIsMSwzLDQKLqYqyA==';

/** Bytes of a file of this repository, in a browser over HTTP and elsewhere from the file. */
async function bytesOf(name) {
  const url = new URL(`../../${name}`, import.meta.url);
  if (url.protocol !== 'file:') return new Uint8Array(await (await fetch(url)).arrayBuffer());
  const {readFile} = await import('node:fs/promises');
  return readFile(url);
}

const inputs = [
  await bytesOf('examples/five.csv'),
  await bytesOf('examples/mobilenet_v2.inference.json.gz'),
  await bytesOf('tests/trace/fixtures/cuda-snapshot/everything.pickle'),
  Uint8Array.from(atob(ZSTD), character => character.charCodeAt(0)),
  await bytesOf('tests/trace/fixtures/onnx/small.onnx'),
  await bytesOf('tests/trace/fixtures/tflite/small.tflite'),
];

const seen = [];
for (const data of inputs) {
  const imported = await importFile({name: 'unknown', data});
  const {kind, format} = imported;
  seen.push(
    kind === 'problem'
      ? {kind, format, ends: [...imported.problem.end], sizes: [...imported.problem.size]}
      : {kind, format, bytes: [...imported.trace.blocks.bytes]},
  );
}
console.log(JSON.stringify(seen));
