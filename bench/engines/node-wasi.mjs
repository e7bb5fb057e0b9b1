/** Runs a WASI command: `node --no-warnings --no-turbo-fast-api-calls bench/engines/node-wasi.mjs FILE`; Deno runs this file, too. */
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {WASI} from 'node:wasi';

const wasi = new WASI({version: 'preview1', args: [], env: {}});
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
