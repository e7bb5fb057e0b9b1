/** Calls between threads: what crosses, and what becomes of calls whose other end is gone. */
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {ImportError, UsageError} from '../../bindings/model/errors.ts';
import {
  CancelledError,
  Connection,
  expose,
  isCancelled,
  type Listener,
  proxy,
} from '../../web/worker/link.ts';

class Numbers {
  readonly nested = proxy(new Sums());

  damaged(): never {
    throw new ImportError('it ends early', {format: 'csv', line: 7});
  }

  misused(): never {
    throw new UsageError('size: expected a number');
  }

  cancelled(): never {
    throw new CancelledError();
  }

  never(): Promise<number> {
    return new Promise(() => undefined);
  }

  async count(to: number, listener: Listener<number>): Promise<number> {
    for (let i = 1; i <= to; i++) listener(i);
    await new Promise(resolve => setTimeout(resolve, 50));
    return to;
  }

  /** Progress after the answer, as happens where the ports overtake each other. */
  late(listener: Listener<number>): number {
    setTimeout(() => listener(1), 5);
    return 0;
  }
}

class Sums {
  readonly #start = 40;

  add(number: number): number {
    return this.#start + number;
  }
}

const ports: MessagePort[] = [];

function connected(): Connection<Numbers> {
  const {port1, port2} = new MessageChannel();
  ports.push(port1, port2);
  expose(new Numbers(), port1);
  return new Connection<Numbers>(port2);
}

afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

test('a method of a handler is called by its path', async () => {
  assert.equal(await connected().ask(numbers => numbers.nested.add(2)), 42);
});

test('an error keeps its class and its place in the input', async () => {
  const connection = connected();
  await assert.rejects(
    connection.ask(numbers => numbers.damaged()),
    error =>
      error instanceof ImportError &&
      error.message === 'it ends early' &&
      error.format === 'csv' &&
      error.line === 7 &&
      error.byte === undefined,
  );
  await assert.rejects(
    connection.ask(numbers => numbers.misused()),
    UsageError,
  );
  await assert.rejects(
    connection.ask(numbers => numbers.cancelled()),
    isCancelled,
  );
});

test('when the other end is gone, calls under way and later ones fail with its reason', async () => {
  const connection = connected();
  const waiting = connection.ask(numbers => numbers.never());
  connection.end(new CancelledError());
  await assert.rejects(waiting, isCancelled);
  await assert.rejects(
    connection.ask(numbers => numbers.nested.add(1)),
    isCancelled,
  );
  assert.ok(connection.gone.aborted);
});

test('progress is heard in order, and not after the answer', async () => {
  const connection = connected();
  const heard: number[] = [];
  const listen = (progress: number) => heard.push(progress);
  assert.equal(
    await connection.follow<number, number>((numbers, listener) => numbers.count(3, listener), listen),
    3,
  );
  assert.deepEqual(heard, [1, 2, 3]);
  heard.length = 0;
  assert.equal(
    await connection.follow<number, number>((numbers, listener) => numbers.late(listener), listen),
    0,
  );
  await new Promise(resolve => setTimeout(resolve, 50));
  assert.deepEqual(heard, []);
});
