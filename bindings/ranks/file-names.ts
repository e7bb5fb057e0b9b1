/** Which files of a folder are looked at: by the ends of their names. */

/** Endings of recordings, models and problems. */
const ENDINGS =
  /\.(pickle|pkl|json|jsonl|csv|onnx|tflite|mtrace|ltrace|heaptrack|trace|log|txt)(\.(gz|zst|zstd))?$/i;
/** Notes and logs beside recordings have these endings, too; named alone, such files are taken. */
const NO_RECORDING = /^(readme|license|requirements|package)\b|\.schema\.json$/i;
/** Of models and of packing problems, which have no rank. */
const NO_RANK = /\.(csv|onnx|tflite)(\.(gz|zst|zstd))?$/i;

/** @param base the name without its folders. */
export function mayBeInput(base: string): boolean {
  return ENDINGS.test(base) && !NO_RECORDING.test(base);
}

export function mayBeRank(name: string): boolean {
  return !NO_RANK.test(name);
}
