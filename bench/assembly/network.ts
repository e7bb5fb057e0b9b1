/**
 * Networks at batch 1 with real arithmetic and many small tensors. The host names the allocator by the indices of its
 * functions in the table: one binary for all allocators. It imports memory and table and has no data.
 */
import {add, multiply, multiplyTransposed, normalise, relu, sigmoid, softmax, tanh, times} from './tensor';

export const MLP: u32 = 0;
export const LSTM: u32 = 1;
export const TRANSFORMER: u32 = 2;

const LAYERS: u32 = 16;
const WIDTH: u32 = 64;

const INPUT: u32 = 32;
const HIDDEN: u32 = 64;
const STEPS: u32 = 24;

const BLOCKS: u32 = 2;
const TOKENS: u32 = 16;
const MODEL: u32 = 32;
const HEADS: u32 = 4;
const HEAD: u32 = MODEL / HEADS;
const INNER: u32 = 64;

// globals, not memory: each instance, that is each worker, has its own
let self: usize = 0;
let allocAt: u32 = 0;
let releaseAt: u32 = 0;
/** Whether to allocate and free only. */
let isDry: bool = false;
/** Address range of the tensors, while probing. */
let isProbing: bool = false;
let lowest: usize = 0;
let highest: usize = 0;
/** The next weight. */
let weight: usize = 0;

/** Floats of a network's weights, its inputs included. */
export function numWeights(network: u32): u32 {
  if (network == MLP) return WIDTH + LAYERS * (WIDTH * WIDTH + WIDTH);
  if (network == LSTM) return STEPS * INPUT + (INPUT + HIDDEN + 1) * 4 * HIDDEN;
  return TOKENS * MODEL + BLOCKS * (4 * MODEL * MODEL + 2 * MODEL * INNER + INNER + MODEL);
}

/** Fills weights with numbers below 1/4 in size, the same ones everywhere. */
export function fillWeights(weights: usize, count: u32): void {
  let state: u32 = 1;
  for (let i: u32 = 0; i < count; i++) {
    state = state * 1664525 + 1013904223;
    store<f32>(weights + ((<usize>i) << 2), <f32>(<i32>state >> 8) / <f32>33554432);
  }
}

/**
 * One inference.
 * @param alloc, release, border indices in the table, of functions as in `replay.ts`
 * @param dry computes nothing, so that only allocation costs time
 * @returns a hash over the bits of the output; 0 if dry
 */
export function infer(
  network: u32,
  weights: usize,
  allocator: usize,
  alloc: u32,
  release: u32,
  border: u32,
  dry: bool,
): u32 {
  self = allocator;
  allocAt = alloc;
  releaseAt = release;
  isDry = dry;
  weight = weights;
  call_indirect<void>(border, allocator, 1);
  const hash = network == MLP ? mlp() : network == LSTM ? lstm() : transformer();
  call_indirect<void>(border, allocator, 0);
  return hash;
}

function take(key: u32, floats: u32): usize {
  const tensor = call_indirect<usize>(allocAt, self, key, floats << 2);
  if (isProbing) {
    lowest = min(lowest, tensor);
    highest = max(highest, tensor + ((<usize>floats) << 2));
  }
  return tensor;
}

/** Begins to measure the bytes from the lowest to the highest tensor of the next inference, a dry one. */
export function startProbe(): void {
  isProbing = true;
  lowest = usize.MAX_VALUE;
  highest = 0;
}

export function endProbe(): u32 {
  isProbing = false;
  return highest - lowest;
}

function give(tensor: usize): void {
  call_indirect<i32>(releaseAt, self, tensor);
}

function weightsOf(floats: u32): usize {
  const at = weight;
  weight += (<usize>floats) << 2;
  return at;
}

/** Frees a tensor; returns a hash over its bits. */
function hashOf(tensor: usize, floats: u32): u32 {
  let hash: u32 = 0x811c9dc5;
  if (!isDry) {
    for (let i: u32 = 0; i < floats; i++) hash = (hash ^ load<u32>(tensor + ((<usize>i) << 2))) * 0x01000193;
  }
  give(tensor);
  return isDry ? 0 : hash;
}

/** A tensor with a copy of some weights: an input. */
function input(key: u32, floats: u32): usize {
  const from = weightsOf(floats);
  const out = take(key, floats);
  if (!isDry) memory.copy(out, from, (<usize>floats) << 2);
  return out;
}

function mlp(): u32 {
  let x = input(1, WIDTH);
  for (let layer: u32 = 0; layer < LAYERS; layer++) {
    const key = 16 + layer * 4;
    const product = linear(key, x, 1, WIDTH, WIDTH);
    give(x);
    const sum = biased(key + 1, product, WIDTH, WIDTH);
    x = take(key + 2, WIDTH);
    if (!isDry) relu(x, sum, WIDTH);
    give(sum);
  }
  return hashOf(x, WIDTH);
}

/** Multiplies `x` of m × k by the next weights of k × n. */
function linear(key: u32, x: usize, m: u32, k: u32, n: u32): usize {
  const matrix = weightsOf(k * n);
  const out = take(key, m * n);
  if (!isDry) multiply(out, x, matrix, m, k, n);
  return out;
}

/** Adds the next weights as bias to `x`, and returns it. */
function biased(key: u32, x: usize, count: u32, period: u32): usize {
  const bias = weightsOf(period);
  const out = take(key, count);
  if (!isDry) add(out, x, bias, count, period);
  give(x);
  return out;
}

/** Adds two tensors, and frees them. */
function sumOf(key: u32, a: usize, b: usize, count: u32): usize {
  const out = take(key, count);
  if (!isDry) add(out, a, b, count, count);
  give(a);
  give(b);
  return out;
}

function productOf(key: u32, a: usize, b: usize, count: u32): usize {
  const out = take(key, count);
  if (!isDry) times(out, a, b, count);
  give(a);
  give(b);
  return out;
}

/** The cell, step after step: each of its allocations has one key and occurs STEPS times. */
function lstm(): u32 {
  const sequence = weightsOf(STEPS * INPUT);
  const ofInput = weight;
  let h = take(1, HIDDEN);
  let c = take(2, HIDDEN);
  if (!isDry) {
    memory.fill(h, 0, HIDDEN << 2);
    memory.fill(c, 0, HIDDEN << 2);
  }
  for (let step: u32 = 0; step < STEPS; step++) {
    weight = ofInput;
    const fromInput = linear(3, sequence + ((<usize>(step * INPUT)) << 2), 1, INPUT, 4 * HIDDEN);
    const fromHidden = linear(4, h, 1, HIDDEN, 4 * HIDDEN);
    give(h);
    const gates = biased(6, sumOf(5, fromInput, fromHidden, 4 * HIDDEN), 4 * HIDDEN, 4 * HIDDEN);
    const inGate = gate(7, gates, 0);
    const forget = gate(8, gates, 1);
    const outGate = gate(9, gates, 2);
    const candidate = take(10, HIDDEN);
    if (!isDry) tanh(candidate, gates + ((<usize>(3 * HIDDEN)) << 2), HIDDEN);
    give(gates);
    c = sumOf(13, productOf(11, forget, c, HIDDEN), productOf(12, inGate, candidate, HIDDEN), HIDDEN);
    const squashed = take(14, HIDDEN);
    if (!isDry) tanh(squashed, c, HIDDEN);
    h = productOf(15, outGate, squashed, HIDDEN);
  }
  give(c);
  return hashOf(h, HIDDEN);
}

function gate(key: u32, gates: usize, part: u32): usize {
  const out = take(key, HIDDEN);
  if (!isDry) sigmoid(out, gates + ((<usize>(part * HIDDEN)) << 2), HIDDEN);
  return out;
}

function transformer(): u32 {
  let x = input(1, TOKENS * MODEL);
  for (let block: u32 = 0; block < BLOCKS; block++) {
    const key = 64 * (block + 1);
    const joined = attention(key, x);
    const projected = linear(key + 1, joined, TOKENS, MODEL, MODEL);
    give(joined);
    const attended = sumOf(key + 2, x, projected, TOKENS * MODEL);
    const normal = normalised(key + 3, attended);
    const inner = linear(key + 4, normal, TOKENS, MODEL, INNER);
    give(normal);
    const sum = biased(key + 5, inner, TOKENS * INNER, INNER);
    const active = take(key + 6, TOKENS * INNER);
    if (!isDry) relu(active, sum, TOKENS * INNER);
    give(sum);
    const outer = linear(key + 7, active, TOKENS, INNER, MODEL);
    give(active);
    x = sumOf(key + 9, attended, biased(key + 8, outer, TOKENS * MODEL, MODEL), TOKENS * MODEL);
  }
  return hashOf(x, TOKENS * MODEL);
}

function normalised(key: u32, x: usize): usize {
  const out = take(key, TOKENS * MODEL);
  if (!isDry) normalise(out, x, TOKENS, MODEL);
  return out;
}

/** All heads of a block, side by side; `x` stays. */
function attention(key: u32, x: usize): usize {
  const normal = normalised(key + 16, x);
  const joined = take(key + 17, TOKENS * MODEL);
  for (let head: u32 = 0; head < HEADS; head++) {
    const at = key + 18 + head * 6;
    const query = linear(at, normal, TOKENS, MODEL, HEAD);
    const value = linear(at + 1, normal, TOKENS, MODEL, HEAD);
    const keys = linear(at + 2, normal, TOKENS, MODEL, HEAD);
    const scores = take(at + 3, TOKENS * TOKENS);
    if (!isDry) multiplyTransposed(scores, query, keys, TOKENS, HEAD, TOKENS, <f32>0.35355339);
    give(query);
    give(keys);
    const weights = take(at + 4, TOKENS * TOKENS);
    if (!isDry) softmax(weights, scores, TOKENS, TOKENS);
    give(scores);
    const context = take(at + 5, TOKENS * HEAD);
    if (!isDry) multiply(context, weights, value, TOKENS, TOKENS, HEAD);
    give(weights);
    give(value);
    if (!isDry) join(joined, context, head);
    give(context);
  }
  give(normal);
  return joined;
}

/** Copies a head's columns into the columns of all heads. */
function join(joined: usize, context: usize, head: u32): void {
  for (let token: u32 = 0; token < TOKENS; token++) {
    const to = joined + ((<usize>(token * MODEL + head * HEAD)) << 2);
    memory.copy(to, context + ((<usize>(token * HEAD)) << 2), (<usize>HEAD) << 2);
  }
}
