/** What every host runs, unchanged: loads the trace entry, reads some files, prints what it saw as one JSON line. */
import {importFile} from '../../dist/trace/index.js';

/** Bytes of a file of the repository, in a browser over HTTP and elsewhere from the file. */
async function bytesOf(name) {
  const url = new URL(`../../${name}`, import.meta.url);
  if (url.protocol !== 'file:') return new Uint8Array(await (await fetch(url)).arrayBuffer());
  const {readFile} = await import('node:fs/promises');
  return readFile(url);
}

const seen = [];
for (const name of [
  'examples/five.csv',
  'examples/mobilenet_v2.inference.json.gz',
  'tests/trace/fixtures/cuda-snapshot/everything.pickle',
]) {
  const imported = await importFile({name, data: await bytesOf(name)});
  const {kind, format} = imported;
  seen.push(
    kind === 'problem'
      ? {kind, format, ends: [...imported.problem.end], sizes: [...imported.problem.size]}
      : {kind, format, bytes: [...imported.trace.blocks.bytes]},
  );
}
console.log(JSON.stringify(seen));
