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

/** What the file says of a segment against itself. */
export interface SegmentOddities {
  /** Segments whose blocks do not add up to their size. */
  untiled: number;
  /** Blocks that hold more than their size. */
  overfull: number;
}

/**
 * @param operationOf the name of the operation behind a stack.
 * @param deviceOf gives the index into `Trace.devices` for the number of a device.
 * @throws {ImportError} for a segment or a block without a size, and for a state that is not known.
 */
export function readSegments(
  columns: SnapshotColumns,
  texts: PickleTexts,
  rows: {readonly first: number; readonly count: number},
  deviceOf: (ordinal: number) => number,
  operationOf: (stack: number) => string,
): {readonly segments: CudaSegment[]; readonly oddities: SegmentOddities} {
  const {segments} = columns;
  const oddities = {untiled: 0, overfull: 0};
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
    const blocks = readBlocks(columns, texts, row, index, operationOf);
    if (blocks.length > 0 && blocks.reduce((sum, block) => sum + block.bytes, 0) !== bytes)
      oddities.untiled++;
    for (const block of blocks) if (block.requested > block.bytes) oddities.overfull++;
    read.push({
      device: deviceOf(segments.device.array[row]!),
      address,
      bytes,
      stream: segments.stream.array[row]!,
      pool: segments.pool.array[row]!,
      isSmall: type !== ABSENT && texts.text(type) === 'small',
      isExpandable: segments.isExpandable.array[row] === 1,
      stack: segments.stack.array[row]!,
      blocks,
    });
  }
  return {segments: read, oddities};
}

function readBlocks(
  {segments, blocks, history, addresses}: SnapshotColumns,
  texts: PickleTexts,
  segment: number,
  index: number,
  operationOf: (stack: number) => string,
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
    // a free block's history is that of blocks which are gone
    const past = state === 'inactive' ? ABSENT : blocks.history.array[row]!;
    const given = blocks.requested.array[row]!;
    const requested = Number.isNaN(given) && past !== ABSENT ? history.size.array[past]! : given;
    const stack = blocks.stack.array[row]! || (past === ABSENT ? 0 : history.stack.array[past]!);
    read.push({
      address: own === ABSENT ? addresses.indexOf(next) : own,
      bytes,
      requested: Number.isNaN(requested) ? bytes : requested,
      state,
      stack,
      operation: stack === 0 || state === 'inactive' ? '' : operationOf(stack),
    });
    next = typeof next === 'bigint' ? next + BigInt(bytes) : next + bytes;
  }
  return read;
}
