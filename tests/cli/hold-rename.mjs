/** Loaded by `--import`: a rename waits for ever, so that a program is caught with its output written, not in place. */
import {writeFileSync} from 'node:fs';
import promises from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';

promises.rename = () => {
  writeFileSync(process.env.STOWAGE_HELD, 'held');
  setInterval(() => {}, 1000);
  return new Promise(() => {});
};
syncBuiltinESMExports();
