/** The header and the BufferPlan, compiled by the compilers of this machine, and printed by the program. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {
  type CheckedPlan,
  cHeader,
  checkedPlan,
  openTfliteModel,
  tensorOffsets,
  tfliteBufferPlan,
} from '../../bindings/artifacts.ts';
import {loadPlannerSync, type Problem} from '../../bindings/index.ts';
import {newFolder} from '../cli/stowage.ts';
import {randomProblem, seeded} from '../random.ts';
import {has} from '../requirements.ts';
import {tfliteGraph} from '../trace/tflite-graphs.ts';

const planner = loadPlannerSync();
const WARNINGS = ['-Wall', '-Wextra', '-Werror', '-pedantic'];
const C = ['-std=c11', '-xc', ...WARNINGS];
const CPP = ['-std=c++11', '-xc++', ...WARNINGS];

/** The requirement, and its compilers of C and of C++. */
const COMPILERS = [
  ['cc', 'cc', 'c++'],
  ['clang', 'clang', 'clang++'],
] as const;

/** A test by the system's compilers, and one by clang. */
function testWithCompilers(
  name: string,
  run: (c: readonly string[], cpp: readonly string[]) => void | Promise<void>,
): void {
  for (const [requirement, c, cpp] of COMPILERS) {
    test(`${name} (${requirement})`, async context => {
      if (has(context, requirement)) await run([c, ...C], [cpp, ...CPP]);
    });
  }
}

/** Compiles `source` beside the files of `folder`. @returns what the compiler has against it */
function compile(folder: string, [compiler, ...flags]: readonly string[], source: string): string {
  writeFileSync(join(folder, 'program.c'), source);
  const run = spawnSync(compiler!, [...flags, 'program.c', '-o', 'program'], {cwd: folder});
  if (run.error) throw run.error;
  return run.status === 0 ? '' : run.stderr.toString();
}

function printed(folder: string): string {
  const run = spawnSync(join(folder, 'program'));
  assert.equal(run.status, 0, run.stderr.toString());
  return run.stdout.toString();
}

const ODD: Problem = {
  buffers: [
    {id: 'conv1/relu*/', size: 5, start: 0, end: 3, alignment: 64},
    {id: 'conv1 relu', size: 7, start: 1, end: 4},
    {id: 'CONV1_RELU_2', size: 9, start: 1, end: 4, alignment: 2},
    {id: 'größe??/', size: 5000, start: 0, end: 2, alignment: 4096},
    {id: 'arena', size: 0, start: 0, end: 9},
    {id: '+', size: 3, start: 2, end: 2},
  ],
};

/** Offset and bytes of every buffer, in order, then bytes and alignment of every pool, as the macros say. */
function valuesOf(header: string): string[] {
  return [...header.matchAll(/^#define (\w+_(?:OFFSET|BYTES|ALIGNMENT)) /gm)].map(([, name]) => name!);
}

function mainOf(names: readonly string[]): string {
  const lines = names.map(name => `  printf("%s %" PRIu64 "\\n", "${name}", (uint64_t)${name});`);
  return `#include <inttypes.h>\n#include <stdio.h>\n#include "plan.h"\n#include "plan.h"\nint main(void) {\n${lines.join('\n')}\n  return 0;\n}\n`;
}

function planOf(problem: Problem): CheckedPlan {
  return checkedPlan(planner, problem, planner.plan(problem, {nodeLimit: 10_000}));
}

testWithCompilers(
  'the header compiles in C11 and C++11 without a warning, and the program sees the plan',
  (c, cpp) => {
    const folder = newFolder();
    const random = seeded(11);
    const problems = [
      ODD,
      {buffers: []},
      randomProblem(random, {buffers: 200, ticks: 90, sizes: 1e6, alignment: 256}),
    ];
    for (const problem of problems) {
      const plan = planOf(problem);
      const header = [...cHeader(plan, {prefix: 'Net1'})].join('');
      writeFileSync(join(folder, 'plan.h'), header);
      const names = valuesOf(header);
      assert.equal(new Set(names).size, 2 * plan.arenas.length + 2 * plan.problem.count);
      for (const compiler of [c, cpp]) {
        assert.equal(compile(folder, compiler, mainOf(names)), '', compiler[0]);
        const numbers = printed(folder)
          .trim()
          .split('\n')
          .map(line => Number(line.split(' ')[1]));
        assert.deepEqual(numbers.slice(0, 2), [plan.arenas[0]!.peak, plan.arenas[0]!.alignment]);
        const offsets = [...plan.offsets.keys()].map(i => numbers[2 + 2 * i]!);
        const sizes = [...plan.offsets.keys()].map(i => numbers[3 + 2 * i]!);
        assert.deepEqual(sizes, [...plan.problem.size]);
        assert.deepEqual(planner.verify(problem, {offsets}, {capacity: plan.arenas[0]!.peak}), []);
      }
    }
  },
);

testWithCompilers('a header that was edited does not compile: misaligned, beyond its pool', (c, cpp) => {
  const folder = newFolder();
  const header = [...cHeader(planOf(ODD))].join('');
  const edits = [
    [/(PLAN_CONV1_RELU_OFFSET UINT64_C)\(\d+\)/, '$1(3)', /misaligned/],
    [/(PLAN_ARENA_BYTES UINT64_C)\(\d+\)/, '$1(64)', /beyond the arena/],
    [/(PLAN_ARENA_ALIGNMENT UINT64_C)\(\d+\)/, '$1(48)', /no power of two/],
  ] as const;
  for (const [pattern, replacement, message] of edits) {
    const edited = header.replace(pattern, replacement);
    assert.notEqual(edited, header);
    writeFileSync(join(folder, 'plan.h'), edited);
    for (const compiler of [c, cpp]) assert.match(compile(folder, compiler, mainOf([])), message);
  }
});

test('a plan in several arenas has a size for each, and every buffer is asserted to lie within its own', () => {
  const problem = {buffers: [0, 1, 2].map(k => ({id: `b${k}`, size: 10, start: 0, end: 2}))};
  const plan = checkedPlan(planner, problem, {
    offsets: [0, 0, 10],
    arenaOf: [0, 1, 1],
    arenas: [{name: 'sram'}, {name: 'ps-ram'}],
  });
  const header = [...cHeader(plan)].join('');
  assert.match(header, /#define PLAN_ARENA_SRAM_BYTES UINT64_C\(10\)/);
  assert.match(header, /#define PLAN_ARENA_PS_RAM_BYTES UINT64_C\(20\)/);
  assert.match(header, /PLAN_B2_OFFSET \+ PLAN_B2_BYTES <= PLAN_ARENA_PS_RAM_BYTES/);
  assert.throws(() => [...cHeader(plan, {prefix: '2x'})], /prefix: expected a name of C, got "2x"/);
  const clash = {offsets: [0, 0, 5], arenaOf: [0, 1, 1], arenas: [{}, {}]};
  assert.throws(() => checkedPlan(planner, problem, clash), /overlap: buffer "b1" and buffer "b2"/);
});

/** The struct as tensorflow/lite/micro/memory_planner/memory_plan_struct.h lays it out. */
const STRUCT = `#pragma once
#include <cstddef>
#include <cstdint>
namespace tflite {
struct BufferDescriptor { int32_t offset; };
struct BufferPlan { int32_t buffer_count; BufferDescriptor buffer_plan_entries[1]; };
constexpr size_t SizeOfBufferPlan(int32_t n) {
  return sizeof(BufferPlan) + sizeof(BufferDescriptor) * (n > 1 ? n - 1 : 0);
}
}
`;
const PRINT = `#include <cstdio>
#include "plan.h"
int main() {
  const tflite::BufferPlan* plan = net_buffer_plan();
  const int32_t* words = reinterpret_cast<const int32_t*>(plan);
  for (int32_t k = 0; k <= plan->buffer_count; k++) std::printf("%d ", static_cast<int>(words[k]));
  std::printf("%zu", net_tensor_arena_bytes);
  return 0;
}
`;

testWithCompilers(
  "the BufferPlan compiles against TensorFlow Lite Micro's struct, tensors in the runtime's order",
  async (_, cpp) => {
    const folder = newFolder();
    const home = join(folder, 'tensorflow/lite/micro/memory_planner');
    mkdirSync(home, {recursive: true});
    writeFileSync(join(home, 'memory_plan_struct.h'), STRUCT);
    const file = await openTfliteModel(tfliteGraph(30, 4));
    const plan = checkedPlan(planner, file.problem, planner.plan(file.problem));
    const {offsets, planned, arenaBytes} = tensorOffsets(file, plan);
    writeFileSync(join(folder, 'plan.h'), tfliteBufferPlan(file, plan, {prefix: 'net'}));
    assert.equal(compile(folder, [...cpp, '-I.'], PRINT), '');
    const words = printed(folder).split(' ').map(Number);
    assert.deepEqual(words, [planned.length, ...planned.map(tensor => offsets[tensor]!), arenaBytes]);
  },
);
