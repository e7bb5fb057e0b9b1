/** Zstandard, by fzstd. The build bundles this file with the package, so that it loads in every host. */
import {Decompress} from 'fzstd';

/** Takes compressed bytes, gives decompressed ones. */
export interface ZstdDecoder {
  /**
   * @param isLast whether no bytes follow.
   * @returns the decompressed bytes, piece by piece.
   * @throws {Error} where the data is damaged, or ends early.
   */
  push(bytes: Uint8Array, isLast: boolean): Uint8Array[];
}

/** No block of a sound stream is larger. */
const MOST_BLOCK_BYTES = 128 * 1024;
/**
 * Every block costs a move of the window, however little is in it: a stream of nothing but tiny ones is made to take
 * hours. Writers fill their blocks, except those that they flush.
 */
const FREE_BLOCKS = 4096;
const LEAST_MEAN_BYTES = 64;

export function zstdDecoder(): ZstdDecoder {
  let pieces: Uint8Array[] = [];
  let [blocks, bytesOut] = [0, 0];
  const decoder = new Decompress(piece => {
    if (piece.length > MOST_BLOCK_BYTES) throw new Error('a block is larger than 128 KiB');
    bytesOut += piece.length;
    if (++blocks > FREE_BLOCKS && bytesOut < blocks * LEAST_MEAN_BYTES)
      throw new Error('its blocks are too small');
    if (piece.length > 0) pieces.push(piece);
  });
  return {
    push(bytes, isLast) {
      pieces = [];
      decoder.push(bytes, isLast);
      return pieces;
    },
  };
}
