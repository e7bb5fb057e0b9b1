/**
 * Seeded problems, planned by every algorithm: what must come out the same in every host and from every build.
 * Plain JavaScript that imports nothing and computes with integers only, since Node, Deno, Bun and browsers all run it.
 */

/** Buffers per problem; mostly small, since the many shapes matter more than the size. */
const COUNTS = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 2000];
const PROBLEMS = 42;
const MIB = 2 ** 20;
/** Two fixed buffers of these ticks and one byte in common: no plan exists. */
const CLASHING = {start: 0, end: 9, alignment: 1};

/** Each draws the size of a buffer, bytes. */
const SIZES = [
  random => 1 + random(9), // many ties
  random => 64 * (1 + random(MIB)),
  random => 1 + random(1000) * random(1000) * 7, // odd and uneven
  random => 2 ** random(24),
  random => 2 ** 32 + 4096 * random(2 ** 28), // above 4 GiB: the core's u64 and the boundary's f64
  random => 2 ** 46 + random(2 ** 20), // more than 2^53 in all, which some algorithms reach and refuse
];

/**
 * Plans the corpus: `problem/algorithm` → hash of all that the plan says, or the name of the error it ends in.
 * @param {import('../../bindings/index.ts').Planner} planner
 * @returns {Record<string, string>}
 */
export function runCorpus(planner) {
  const results = {};
  for (const [name, problem] of corpus()) {
    for (const algorithm of planner.algorithms) {
      results[`${name}/${algorithm}`] = resultOf(planner, problem, algorithm, 20_000);
    }
  }
  // far enough for the exact search to draw at random: that begins after 40,000 nodes without a proof
  results['tiles/exact'] = resultOf(planner, tiles(), 'exact', 120_000);
  return results;
}

function resultOf(planner, problem, algorithm, nodeLimit) {
  try {
    const plan = planner.plan(problem, {algorithm, seed: 1, nodeLimit});
    const violations = plan.offsets.length === 0 ? [] : planner.verify(problem, plan);
    const {peak, lowerBound, status, nodes} = plan;
    return fnv1a(
      [...plan.offsets, peak, lowerBound, status, plan.algorithm, nodes, violations.length].join(),
    );
  } catch (error) {
    // what an algorithm refuses it must refuse everywhere; anything else is a bug, and ends the run
    if (error.name !== 'LimitError' && error.name !== 'UsageError') throw error;
    return error.name;
  }
}

/** The problems by name. */
export function* corpus() {
  for (let index = 0; index < PROBLEMS; index++) {
    const buffers = COUNTS[index % COUNTS.length];
    yield [`${index}-of-${buffers}`, problem(index, buffers)];
  }
}

function problem(index, count) {
  const random = seeded(1000 + index);
  const drawSize = SIZES[index % SIZES.length];
  const ticks = 2 + random(3 * count + 2);
  const buffers = [];
  for (let i = 0; i < count; i++) {
    const start = random(ticks);
    const end = start + 1 + random(random(8) === 0 ? ticks : 12);
    buffers.push({start, end, size: drawSize(random)});
  }
  if (index % 3 === 1) align(buffers, random);
  if (index % 4 === 2) addGaps(buffers, random);
  if (index % 5 === 3) fix(buffers, random);
  if (index % 20 === 18) buffers.push({...CLASHING, size: 9, offset: 0}, {...CLASHING, size: 1, offset: 8});
  if (index % 7 === 4)
    buffers.push({start: 1, end: 1, size: 8}, {start: 0, end: 1, size: 0}, {...buffers[0]});
  const total = buffers.reduce((sum, {size}) => sum + size, 0);
  return {
    buffers,
    ...(index % 4 === 3 ? {alignment: 64} : {}),
    ...(index % 8 === 5 ? {capacity: Math.min(2 ** 53 - 1, Math.floor(total / 2))} : {}),
  };
}

function align(buffers, random) {
  for (const buffer of buffers) {
    if (random(3) > 0) buffer.alignment = 2 ** random(13);
  }
}

/** Gives every third buffer that is long enough a gap, and some a second one. */
function addGaps(buffers, random) {
  for (const buffer of buffers) {
    const length = buffer.end - buffer.start;
    if (length < 6 || random(3) > 0) continue;
    const from = buffer.start + 1 + random(length - 5);
    const gaps = [[from, from + 1]];
    if (random(2) === 0) gaps.push([from + 2, from + 3]);
    buffer.gaps = gaps;
  }
}

/** Fixes every tenth buffer, each above the one before, so that no two collide. */
function fix(buffers, random) {
  let floor = 0;
  for (const buffer of buffers) {
    if (random(10) > 0) continue;
    const alignment = Math.max(buffer.alignment ?? 0, 4096);
    buffer.offset = Math.ceil(floor / alignment) * alignment;
    floor = buffer.offset + buffer.size;
  }
}

/** A rectangle cut at random into buffers that fill it: hard to put together again. */
function tiles() {
  const random = seeded(7);
  const cut = [{start: 0, end: 400, low: 0, high: 400}];
  while (cut.length < 300) {
    const index = random(cut.length);
    const tile = cut[index];
    const [from, to] = random(2) === 0 ? ['start', 'end'] : ['low', 'high'];
    if (tile[to] - tile[from] < 2) continue;
    const at = tile[from] + 1 + random(tile[to] - tile[from] - 1);
    cut.splice(index, 1, {...tile, [to]: at}, {...tile, [from]: at});
  }
  return {buffers: cut.map(({start, end, low, high}) => ({start, end, size: high - low}))};
}

/** Integers below `n` ≤ 2^32, the same for the same seed (mulberry32). */
function seeded(seed) {
  let state = seed >>> 0;
  return n => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
}

/** 32-bit FNV-1a of ASCII text, in hexadecimal. */
function fnv1a(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
