/** A file whose content changes while it is analysed has no result. */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {analyseFile} from '../../bindings/cli/batch/analysis.ts';
import type {Store} from '../../bindings/cli/batch/store.ts';
import {loadPlannerSync} from '../../bindings/index.ts';
import {newFolder} from '../cli/stowage.ts';

/** Keeps what is written; `onRead` is called after the content is hashed and before it is imported. */
function memoryStore(onRead: () => void): Store & {readonly files: Map<string, string>} {
  const files = new Map<string, string>();
  return {
    files,
    address: 'memory',
    prepare: async () => {},
    async read() {
      onRead();
      return undefined;
    },
    has: async name => files.has(name),
    async write(name, bytes) {
      files.set(name, Buffer.from(bytes).toString());
    },
    list: async () => [],
  };
}

const problem = (size: number) => `id,lower,upper,size\na,0,2,${size}\n`;

for (const [what, onRead, results] of [
  ['changes', (place: string) => writeFileSync(place, problem(22)), 0],
  ['stays', () => {}, 1],
] as const) {
  test(`a file that ${what} between its hash and its analysis has ${results} results`, async () => {
    const place = join(newFolder(), 'p.csv');
    writeFileSync(place, problem(1));
    const store = memoryStore(() => onRead(place));
    const {file, failure} = await analyseFile({name: 'p.csv', place, options: {}}, store, loadPlannerSync());
    const written = [...store.files.keys()].filter(name => name.startsWith('results/'));
    assert.equal(written.length, results);
    assert.equal(file.key === null, results === 0);
    assert.equal(/its content is not what it was/.test(failure?.message ?? ''), results === 0);
  });
}
