import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ImportError} from '../../bindings/trace.ts';
import {importTrace} from './inputs.ts';

test('times keep their nanoseconds', async () => {
  const trace = await importTrace('MALLOC: 0x1 8 1608639594261992560\nFREE: 0x1 1608639594261992561\n');
  assert.deepEqual([...trace.events.time], [0, 0.001]);
});

test('errors name the line', async () => {
  for (const line of [
    'MALLOC: 0x1',
    'MALLOC: 0x1 1608639594261992560',
    'malloc 0x1 2 3 4',
    'Move 0x1 8 1',
    'MALLOC: x1 8 1',
  ]) {
    const error = await importTrace(`MALLOC: 0x1 8 1608639594261992560\n${line}\n`).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ImportError, line);
    assert.equal(error.line, 2);
    assert.ok(error.message.endsWith(`got ${line}`));
  }
});
