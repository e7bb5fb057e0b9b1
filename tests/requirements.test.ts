/** A test that lacks something is skipped with the reason, and fails where `REQUIRE` names it. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {has, lacks, requiredBy} from './requirements.ts';

/** A context that keeps the reasons for which its test was skipped. */
function context(): {skip(message?: string): void; readonly reasons: string[]} {
  const reasons: string[] = [];
  return {skip: (message = '') => reasons.push(message), reasons};
}

test('a test that lacks something is skipped, and the reason names the requirement', () => {
  const t = context();
  lacks(t, 'chromium', undefined, new Set(['cc']));
  lacks(t, ['wasmtime', 'python'], 'pip says no', new Set());
  assert.deepEqual(t.reasons, ['chromium: this machine has no Chrome that starts', 'wasmtime: pip says no']);
});

test('a test that lacks a requirement fails, also by the second of two names', () => {
  const t = context();
  assert.throws(
    () => lacks(t, 'chromium', undefined, new Set(['chromium'])),
    /^Error: REQUIRE names chromium, but this machine has no Chrome that starts$/,
  );
  assert.throws(
    () => lacks(t, ['wasmtime', 'python'], 'pip says no', new Set(['python'])),
    /REQUIRE names python, but pip says no/,
  );
  assert.deepEqual(t.reasons, []);
});

test('a present requirement skips nothing; one of Linux and Windows is absent', () => {
  const t = context();
  const isLinux = process.platform === 'linux';
  assert.equal(has(t), true);
  assert.equal(has(t, 'posix'), process.platform !== 'win32');
  assert.equal(has(t, 'linux'), isLinux);
  assert.equal(t.reasons.includes('linux: only Linux has this'), !isLinux);
});

test('REQUIRE takes commas and spaces, and refuses a name it does not know', () => {
  assert.deepEqual([...requiredBy(' chromium,cc  deno,')], ['chromium', 'cc', 'deno']);
  assert.deepEqual([...requiredBy('')], []);
  assert.throws(() => requiredBy('cc,chrome'), /^Error: REQUIRE: unknown chrome; known are chromium, cc, /);
});
