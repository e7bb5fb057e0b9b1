/** The runtime, served from its plan. */
import {begin, end, free, malloc} from '../../assembly/runtime/index';
import {replay} from './replay';

export * from '../../assembly/runtime/index';
export {replay};

function alloc(key: u32, size: u32): usize {
  return malloc(self(), key, size);
}
function release(address: usize): void {
  free(self(), address);
}
function border(isBegin: bool): void {
  if (isBegin) begin(self(), 0x811c9dc5);
  else end(self());
}

let worker: usize = 0;
function self(): usize {
  return worker;
}
/** Says which worker the functions of the table act for. */
export function attach(to: usize): void {
  worker = to;
}

export function allocIndex(): (key: u32, size: u32) => usize {
  return alloc;
}
export function releaseIndex(): (address: usize) => void {
  return release;
}
export function borderIndex(): (isBegin: bool) => void {
  return border;
}
