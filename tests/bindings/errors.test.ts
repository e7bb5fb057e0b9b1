/** Errors between threads: they keep class, text and place. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  CoreError,
  failureOf,
  HostError,
  ImportError,
  LimitError,
  revived,
  UsageError,
} from '../../bindings/model/errors.ts';

for (const ErrorOfClass of [UsageError, LimitError, HostError, CoreError]) {
  test(`${ErrorOfClass.name} keeps its class and its text`, () => {
    const error = revived(structuredClone(failureOf(new ErrorOfClass('pass {module}'))));
    assert.ok(error instanceof ErrorOfClass);
    assert.equal(error.message, 'pass {module}');
  });
}

test('ImportError keeps its place, and no more than is known of it', () => {
  const failure = failureOf(new ImportError('cut short', {format: 'kineto', byte: 7}));
  assert.deepEqual(failure, {name: 'ImportError', message: 'cut short', format: 'kineto', byte: 7});
  const error = revived(failure);
  assert.ok(error instanceof ImportError);
  assert.deepEqual([error.format, error.line, error.byte], ['kineto', undefined, 7]);
});

test('an error of another class is a bug, a thrown value that is no error has a text', () => {
  assert.ok(revived(failureOf(new TypeError('x is undefined'))) instanceof CoreError);
  assert.deepEqual(failureOf('enough'), {name: 'Error', message: 'enough'});
});
