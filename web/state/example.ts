/** The built-in example, which is loaded on demand. */
import {loadPart} from './carried.ts';
import type {Source} from './source.ts';

const NAME = 'out-of-memory.pickle.gz';

export async function loadExample(): Promise<Source> {
  const bytes = Uint8Array.from(atob(await loadPart('example')), one => one.charCodeAt(0));
  return {name: NAME, size: bytes.length, blob: new Blob([bytes])};
}
