/** Recordings: the rows that a program must find. */
import {RawState, type WorkerState} from './raw-state.ts';

const MOST_BORDERS = 64;
const ROW_WORDS = 3;

export class Recordings extends RawState {
  protected record(index: number): void {
    const worker = this.workers[index]!;
    const isOn = this.engine.of(index, 'record') !== 0;
    if (!isOn) {
      this.counts.refused!++;
      return;
    }
    worker.hasRows = true;
    worker.isRecording = true;
    worker.recordings++;
    worker.rows = [];
    worker.borders = [];
  }

  protected stopRecording(index: number): void {
    const worker = this.workers[index]!;
    const isWhole = this.engine.of(index, 'stopRecording') !== 0;
    if (worker.isRecording && !isWhole) {
      this.ranShort(index);
      return;
    }
    this.expect('stopRecording', isWhole ? 1 : 0, worker.isRecording ? 1 : 0);
    this.border(worker);
    worker.isRecording = false;
    this.compareRows(index);
  }

  /** A recording that memory was short for has no rows. */
  protected ranShort(index: number): void {
    const worker = this.workers[index]!;
    this.expect('rows', this.engine.of(index, 'numRows'), 0);
    this.counts.refused!++;
    worker.isRecording = false;
    worker.rows = [];
    worker.borders = [];
  }

  protected compareRows(index: number): void {
    const {rows, borders, hasRows} = this.workers[index]!;
    if (!hasRows) return;
    const numRows = this.engine.of(index, 'numRows');
    if (numRows === 0 && rows.length > 0) {
      this.ranShort(index);
      return;
    }
    this.expect('rows', numRows, rows.length);
    const words = this.engine.words(this.engine.of(index, 'rows'), ROW_WORDS * rows.length);
    for (const [i, {key, size, end, isUncertain}] of rows.entries()) {
      const got = [...words.subarray(ROW_WORDS * i, ROW_WORDS * (i + 1))];
      if (got[0] !== key || got[1] !== size || (got[2] !== end && !isUncertain))
        this.fail('rows', `row ${i}: expected ${[key, size, end]}, got ${got}`);
    }
    this.expect('borders', this.engine.of(index, 'numBorders'), borders.length);
    const got = [...this.engine.words(this.engine.of(index, 'borders'), borders.length)];
    if (`${got}` !== `${borders}`) this.fail('borders', `expected ${borders}, got ${got}`);
  }

  protected endRow(worker: WorkerState, recording: number, row: number): void {
    if (!worker.isRecording || recording !== worker.recordings) return;
    const at = worker.rows[row];
    if (at) at.end = worker.rows.length;
  }

  /** Records the begin of an iteration, or the end of the last one. */
  protected border(worker: WorkerState): void {
    if (worker.isRecording && worker.borders.length < MOST_BORDERS) worker.borders.push(worker.rows.length);
  }
}
