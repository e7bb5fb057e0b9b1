/** The runtime, serving from its plan by its own exports. */

import {release} from '../../assembly/runtime/free';
import {begin, end} from '../../assembly/runtime/index';
import {allocate} from '../../assembly/runtime/malloc';
import {replay} from './replay';

export * from '../../assembly/runtime/index';
export {replay};

function border(self: usize, isBegin: bool): void {
  if (isBegin) begin(self, 0x811c9dc5);
  else end(self);
}

/** For iterations whose beginning and end the host calls, while it records. */
function noBorder(self: usize, isBegin: bool): void {}

export function noBorderIndex(): (self: usize, isBegin: bool) => void {
  return noBorder;
}

export function allocIndex(): (self: usize, key: u32, size: u32) => usize {
  return allocate;
}
export function releaseIndex(): (self: usize, address: usize) => i32 {
  return release;
}
export function borderIndex(): (self: usize, isBegin: bool) => void {
  return border;
}
