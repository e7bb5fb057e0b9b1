/** The segments of a snapshot with their blocks: the allocator's state at the end of the recording. */
import {ImportError} from '../../../model/errors.ts';
import type {CudaBlock, CudaSegment} from '../../cuda.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {ABSENT, type SnapshotColumns} from './columns.ts';

const FORMAT = 'cuda-snapshot';

/** As the allocator writes them, and as its documentation does. */
const STATES: Readonly<Record<string, CudaBlock['state']>> = {
  active_allocated: 'active',
  active_pending_free: 'pending-free',
  active_awaiting_free: 'pending-free',
  inactive: 'inactive',
};

/**
 * @param deviceOf gives the index into `Trace.devices` for the number of a device.
 * @throws {ImportError} for a segment or a block without a size, and for a state that is not known.
 */
export function readSegments(
  columns: SnapshotColumns,
  texts: PickleTexts,
  rows: {readonly first: number; readonly count: number},
  deviceOf: (ordinal: number) => number,
): CudaSegment[] {
  const {segments} = columns;
  const read: CudaSegment[] = [];
  for (let row = rows.first; row < rows.first + rows.count; row++) {
    const bytes = segments.total.array[row]!;
    const address = segments.address.array[row]!;
    const index = row - rows.first;
    if (Number.isNaN(bytes) || address === ABSENT) {
      throw new ImportError(`segment ${index} has no ${address === ABSENT ? 'address' : 'total_size'}`, {
        format: FORMAT,
      });
    }
    const type = segments.type.array[row]!;
    read.push({
      device: deviceOf(segments.device.array[row]!),
      address,
      bytes,
      stream: segments.stream.array[row]!,
      pool: segments.pool.array[row]!,
      isSmall: type !== ABSENT && texts.text(type) === 'small',
      isExpandable: segments.isExpandable.array[row] === 1,
      blocks: readBlocks(columns, texts, row, index),
    });
  }
  return read;
}

function readBlocks(
  {segments, blocks, addresses}: SnapshotColumns,
  texts: PickleTexts,
  segment: number,
  index: number,
): CudaBlock[] {
  const first = segments.firstBlock.array[segment]!;
  const read: CudaBlock[] = [];
  // old files give no address, but blocks follow each other without a hole
  let next = addresses.wordOf(segments.address.array[segment]!);
  for (let row = first; row < first + segments.blockCount.array[segment]!; row++) {
    const bytes = blocks.size.array[row]!;
    const state = STATES[blocks.state.array[row] === ABSENT ? '' : texts.text(blocks.state.array[row]!)];
    if (Number.isNaN(bytes) || state === undefined) {
      const what = state === undefined ? 'state that is known' : 'size';
      throw new ImportError(`a block of segment ${index} has no ${what}`, {format: FORMAT});
    }
    const own = blocks.address.array[row]!;
    const requested = blocks.requested.array[row]!;
    const address = own === ABSENT ? addresses.indexOf(next) : own;
    read.push({
      address,
      bytes,
      requested: Number.isNaN(requested) ? bytes : requested,
      state,
      stack: blocks.stack.array[row]!,
    });
    next = typeof next === 'bigint' ? next + BigInt(bytes) : next + bytes;
  }
  return read;
}
