/**
 * A multilayer perceptron 2 → P → 2 being trained by SGD on N points, as SINGA's autograd allocates it: one event per
 * malloc, read, write and free of each device block. One policy, whatever N and P:
 *
 * - Every operator's result is a new block, but a bias is added in place and SGD updates in place.
 * - A sum over the batch multiplies by a vector of N ones, a block of its own each time.
 * - The backward of a product makes both gradients, also that of the points, which nobody reads.
 * - Points, class indices and weights are there before the first step; all else goes at the step's end.
 */
import {FREE, MALLOC, READ, type Trace, TraceBuilder, WRITE} from '../../bindings/trace.ts';

const FLOAT = 4;

/** @param batch N. @param width P. */
export function mlpTrace(batch: number, width: number, steps = 2): Trace {
  const recorder = new Recorder();
  const points = recorder.make(batch * 2);
  const classes = recorder.make(batch);
  const weights = [width * 2, width, width * 2, 2].map(floats => recorder.make(floats));
  for (let number = 0; number < steps; number++) {
    recorder.beginStep(number);
    trainStep(recorder, batch, width, points, classes, weights);
    recorder.endStep();
  }
  return recorder.trace();
}

function trainStep(
  on: Recorder,
  batch: number,
  width: number,
  points: number,
  classes: number,
  [w1, b1, w2, b2]: readonly number[],
): void {
  const hidden = on.make(batch * width, points, w1!);
  on.update(hidden, b1!);
  const active = on.make(batch * width, hidden); // ReLU
  const scores = on.make(batch * 2, active, w2!);
  on.update(scores, b2!);
  const chances = on.make(batch * 2, scores); // softmax
  const losses = on.make(batch, chances, classes); // cross entropy, by point
  on.read(losses, on.make(batch)); // the loss, a number on the host
  const grown = on.make(batch * 2, chances, classes);
  const scoresGradient = on.make(batch * 2, grown); // ÷ N
  const b2Gradient = on.make(2, scoresGradient, on.make(batch));
  const activeGradient = on.make(batch * width, scoresGradient, w2!);
  const w2Gradient = on.make(width * 2, active, scoresGradient);
  const hiddenGradient = on.make(batch * width, hidden, activeGradient);
  const b1Gradient = on.make(width, hiddenGradient, on.make(batch));
  on.make(batch * 2, hiddenGradient, w1!); // of the points
  const w1Gradient = on.make(width * 2, points, hiddenGradient);
  on.update(b2!, b2Gradient);
  on.update(w2!, w2Gradient);
  on.update(b1!, b1Gradient);
  on.update(w1!, w1Gradient);
}

class Recorder {
  readonly #builder = new TraceBuilder('test');
  readonly #device = this.#builder.device('cuda:0');
  readonly #bytes: number[] = [];
  #time = 0;
  /** Address of the first block of the step. */
  #first = 0;

  /** A new block of so many floats, written from others. @returns its address. */
  make(floats: number, ...from: readonly number[]): number {
    const address = this.#bytes.push(floats * FLOAT);
    this.#add(MALLOC, address);
    this.read(...from);
    this.#add(WRITE, address);
    return address;
  }

  read(...addresses: readonly number[]): void {
    for (const address of addresses) this.#add(READ, address);
  }

  /** In place. */
  update(address: number, from: number): void {
    this.read(address, from);
    this.#add(WRITE, address);
  }

  beginStep(number: number): void {
    this.#builder.mark(number, this.#time);
    this.#first = this.#bytes.length + 1;
  }

  endStep(): void {
    for (let address = this.#first; address <= this.#bytes.length; address++) this.#add(FREE, address);
  }

  trace(): Trace {
    return this.#builder.build();
  }

  #add(kind: number, address: number): void {
    this.#builder.add({
      kind,
      device: this.#device,
      address,
      bytes: this.#bytes[address - 1]!,
      time: this.#time++,
    });
  }
}
