/** Loads the readers of containers, each only when a file needs it. */
import {ImportError} from '../../model/errors.ts';

/** @throws {ImportError} where the host cannot load the part; the message names the format that needs it. */
async function part<T>(needs: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ImportError(`this host cannot load the part of stowage that reads ${needs} (${cause})`);
  }
}

export const loadZstd = () => part('zstd data', () => import('./zstd.ts'));
export const loadProtobuf = () => part('ONNX models', () => import('./protobuf.ts'));
export const loadFlatbuffers = () => part('TensorFlow Lite models', () => import('./flatbuffers.ts'));
