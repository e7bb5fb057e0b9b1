/** Reads the core's recording iteration by iteration, and hands each over as soon as the end of its blocks is known. */
import {type Instance, words} from './instance.ts';
import {areAlike, isClosed, type Recorded} from './profile.ts';

/** Iterations after which a recording is begun anew; the core keeps this many borders and some. */
const LONGEST = 32;
/** Iterations that a first profile waits for two that are alike. */
const PATIENCE = 4;

export class Recorder {
  readonly #instance: Instance;
  readonly #carries: boolean;
  /** By signature: the recording of one without a profile that leaves blocks behind, and its count. */
  readonly #unsure = new Map<string, {last: Recorded; times: number}>();
  #signatures: string[] = [];
  /** Iterations handed over or skipped. */
  #done = 0;
  isOn = false;

  /** @param carries whether blocks that outlive their iteration are planned */
  constructor(instance: Instance, carries: boolean) {
    this.#instance = instance;
    this.#carries = carries;
  }

  /** Before an iteration begins, which is recorded if wanted, unless memory is short. @returns whether rows begin anew */
  begin(signature: string, isWanted: boolean): boolean {
    if (this.isOn && (!isWanted || this.#signatures.length >= LONGEST)) this.stop();
    const isNew = isWanted && !this.isOn;
    if (isNew) this.#start();
    if (this.isOn) this.#signatures.push(signature);
    return isNew;
  }

  #start(): void {
    this.isOn = this.#instance.exports.record(this.#instance.worker) !== 0;
    this.#signatures = [];
    this.#done = 0;
  }

  /** What was not handed over is lost. */
  stop(): void {
    if (!this.isOn) return;
    this.#instance.exports.stopRecording(this.#instance.worker);
    this.isOn = false;
  }

  /**
   * After an iteration has ended: hands over those whose blocks are all dead, or that are two iterations old, or at
   * once if the blocks still alive are not to be planned.
   * @param isKnown whether there is a profile for a signature; a first one is made of an iteration that repeats
   */
  digest(isKnown: (signature: string) => boolean, take: (signature: string, seen: Recorded) => void): void {
    const seen = this.#read();
    for (; this.#done < seen.length; this.#done++) {
      const recorded = seen[this.#done]!;
      const signature = this.#signatures[this.#done]!;
      const next = seen[this.#done + 1];
      const closed = isClosed(recorded);
      if (!this.#carries) {
        if (closed || isKnown(signature) || this.#isRepeated(signature, recorded)) take(signature, recorded);
        continue;
      }
      if (!closed && !next) return;
      const isOdd = !closed && !isKnown(signature) && !(recorded.next >= 0 && areAlike(recorded, next!));
      if (!isOdd || this.#done >= PATIENCE - 1) take(signature, recorded);
    }
  }

  /** Whether it is like the last one of its signature, or waiting for that is in vain. */
  #isRepeated(signature: string, recorded: Recorded): boolean {
    const seen = this.#unsure.get(signature);
    const isSure = seen !== undefined && (seen.times >= PATIENCE - 1 || areAlike(seen.last, recorded));
    if (isSure) this.#unsure.delete(signature);
    else this.#unsure.set(signature, {last: recorded, times: (seen?.times ?? 0) + 1});
    return isSure;
  }

  /** Forgets the recordings of a signature. */
  forget(signature: string): void {
    this.#unsure.delete(signature);
  }

  #read(): Recorded[] {
    const {exports, worker} = this.#instance;
    const numRows = exports.numRows(worker);
    const borders = words(this.#instance, exports.borders(worker), exports.numBorders(worker)).slice();
    const rows = words(this.#instance, exports.rows(worker), 3 * numRows).slice();
    if (borders.length === 0) this.isOn = false; // memory ran short
    return [...borders].map((from, i) => {
      const to = borders[i + 1] ?? numRows;
      const isSame = i + 1 < borders.length && this.#signatures[i + 1] === this.#signatures[i];
      return {rows, from, to, next: isSame ? (borders[i + 2] ?? numRows) - to : -1};
    });
  }
}
