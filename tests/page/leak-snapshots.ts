/** Snapshots of small training runs: one that keeps a block of each step, and one whose frees wait. */
import {type Pickled, pickle} from '../trace/pickle.ts';
import {BASE, entry, resetClock, snapshot} from '../trace/snapshots.ts';

type Fields = Readonly<Record<string, Pickled>>;

export const MIB = 2 ** 20;

/** A stack of one line of the program, below an operator. */
function framesAt(line: number, name: string, operator: string): Pickled {
  return [
    {name: `at::_ops::${operator}::call(at::Tensor const&)`, filename: 'Ops.cpp', line: 12},
    {name, filename: '/home/me/train.py', line},
  ];
}

export const ACTIVATION = framesAt(12, 'forward', 'conv2d');
export const LOGGED = framesAt(31, 'log_loss', 'stack');

/** What a program allocates and frees, at addresses that are never used again, in steps that it annotates. */
class Program {
  readonly #entries: Fields[] = [];
  readonly #spans: Fields[] = [];
  #next = BASE;

  constructor() {
    resetClock();
  }

  alloc(bytes: number, frames: Pickled): {address: number; bytes: number} {
    const address = this.#next;
    this.#next += bytes;
    this.#entries.push(entry('alloc', address, bytes, {frames}));
    return {address, bytes};
  }

  request({address, bytes}: {address: number; bytes: number}): void {
    this.#entries.push(entry('free_requested', address, bytes, {frames: ACTIVATION}));
  }

  complete({address, bytes}: {address: number; bytes: number}, frames = ACTIVATION): void {
    this.#entries.push(entry('free_completed', address, bytes, {frames}));
  }

  step(number: number, run: () => void): void {
    const name = `step#${number}`;
    const now = () => entry('', 0, 0).time_us!;
    this.#spans.push({stage: 'START', name, device: 0, time_us: now()});
    run();
    this.#spans.push({stage: 'END', name, device: 0, time_us: now()});
  }

  pickle(): Uint8Array {
    return pickle(snapshot([this.#entries], [], {external_annotations: this.#spans}));
  }
}

/** Seven steps of 4 MiB, of which each keeps 1 MiB. */
export function leaking(): Uint8Array {
  const program = new Program();
  for (let step = 0; step < 7; step++) {
    program.step(step, () => {
      const x = program.alloc(4 * MIB, ACTIVATION);
      program.alloc(MIB, LOGGED);
      program.request(x);
      program.complete(x);
    });
  }
  return program.pickle();
}

/** Five steps: the free of 8 MiB waits while 4 MiB more are allocated. Nothing stays behind. */
export function waiting(): Uint8Array {
  const program = new Program();
  for (let step = 0; step < 5; step++) {
    program.step(step, () => {
      const x = program.alloc(8 * MIB, ACTIVATION);
      program.request(x);
      const y = program.alloc(4 * MIB, LOGGED);
      program.complete(x, LOGGED);
      program.request(y);
      program.complete(y);
    });
  }
  return program.pickle();
}

/** No steps, nothing waits. */
export function plain(): Uint8Array {
  const program = new Program();
  const [x, y] = [program.alloc(3 * MIB, ACTIVATION), program.alloc(5 * MIB, LOGGED)];
  program.request(x);
  program.complete(x);
  program.alloc(2 * MIB, LOGGED);
  program.request(y);
  program.complete(y);
  return program.pickle();
}
