/** The devices of a Kineto trace: names and alignments by the number that `c10::DeviceType` gives their kind. */

import {listNames} from '../../../model/shown.ts';

interface DeviceKind {
  readonly name: string;
  /** The alignment of every block, bytes; absent where its allocator publishes none. */
  readonly alignment?: number;
}

/**
 * Names: c10/core/DeviceType.h. Alignments: c10/core/alignment.h (CPU), `kMinBlockSize` of
 * c10/cuda/CUDACachingAllocator.cpp (also HIP) and c10/xpu/XPUCachingAllocator.cpp, and of torch_npu's allocator, which
 * registers itself as the private device.
 */
const KINDS: Readonly<Record<number, DeviceKind>> = {
  0: {name: 'cpu', alignment: 64},
  1: {name: 'cuda', alignment: 512},
  2: {name: 'mkldnn'},
  3: {name: 'opengl'},
  4: {name: 'opencl'},
  5: {name: 'ideep'},
  6: {name: 'hip', alignment: 512},
  7: {name: 'fpga'},
  8: {name: 'maia'},
  9: {name: 'xla'},
  10: {name: 'vulkan'},
  11: {name: 'metal'},
  12: {name: 'xpu', alignment: 512},
  13: {name: 'mps'},
  14: {name: 'meta'},
  15: {name: 'hpu'},
  16: {name: 've'},
  17: {name: 'lazy'},
  18: {name: 'ipu'},
  19: {name: 'mtia'},
  20: {name: 'npu', alignment: 512},
};

/** Bytes: where an allocator publishes none, that of PyTorch's caching allocators. */
const ASSUMED_ALIGNMENT = 512;

/** @param type `Device Type` of an event. @param id `Device Id`, below 0 where the kind has one device only. */
export function deviceOf(
  type: number,
  id: number,
): {readonly name: string; readonly alignment: number; readonly isAssumed: boolean} {
  const {name: kind, alignment} = KINDS[type] ?? {name: `device-type-${type}`};
  return {
    name: type === 0 || id < 0 ? kind : `${kind}:${id}`,
    alignment: alignment ?? ASSUMED_ALIGNMENT,
    isAssumed: alignment === undefined,
  };
}

/** The warning that names the devices whose alignment is assumed. */
export function assumedAlignment(names: readonly string[]): string {
  return `the alignment of the allocator of ${listNames(names)} is not known: ${ASSUMED_ALIGNMENT} bytes are assumed, as in PyTorch's caching allocators; --alignment sets another`;
}
