/** A plan for all values as a function in C: compiled, it gives what JavaScript gives. */
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {cFunction} from '../../bindings/artifacts.ts';
import {loadPlannerSync, planSymbolic} from '../../bindings/index.ts';
import {seeded} from '../random.ts';
import {has} from '../requirements.ts';
import {allValues} from '../symbolic/oracle.ts';
import {randomSymbolic} from '../symbolic/problems.ts';

const planner = loadPlannerSync();
const PROBLEMS = 40;
const FLAGS = ['-Wall', '-Wextra', '-Werror', '-pedantic', '-O1'];

test('the function in C gives the offsets, sizes and peaks of JavaScript, as C and as C++', context => {
  if (!has(context, 'cc')) return;
  const cwd = mkdtempSync(join(tmpdir(), 'stowage-c-'));
  try {
    const calls: string[] = [];
    const expected: string[] = [];
    const plans = Array.from({length: PROBLEMS}, (_, seed) => {
      const shape = {
        buffers: seed,
        ticks: 12,
        sizes: 2 ** (seed % 40),
        values: 5,
        dimensions: 2,
        alignment: 64,
      };
      const problem = randomSymbolic(seeded(seed), shape);
      const plan = planSymbolic(planner, problem, {nodeLimit: 200});
      for (const values of allValues(problem)) {
        const list = Object.values(values);
        const {offsets, sizes, peak} = plan.at(values);
        calls.push(
          `    show(p${seed}_offsets(${list.map(one => `${one}u`).join(', ')}, o, s, &peak), P${seed}_BUFFERS);`,
        );
        expected.push(
          ['0', String(peak), ...[...offsets].flatMap((offset, i) => [offset, sizes[i]!])].join(' '),
        );
      }
      const beyond = problem.dimensions.map(({max}, d) =>
        d === problem.dimensions.length - 1 ? max + 1 : max,
      );
      calls.push(`    show(p${seed}_offsets(${beyond.join('u, ')}u, o, s, &peak), 0);`);
      expected.push(`${problem.dimensions.length} 0`);
      return [...cFunction(plan, {prefix: `P${seed}`})].join('');
    });
    for (const [seed, text] of plans.entries()) writeFileSync(join(cwd, `p${seed}.h`), text);
    const program = [
      ...plans.map((_, seed) => `#include "p${seed}.h"`),
      '#include <stdio.h>',
      'static uint64_t o[64], s[64], peak;',
      'static void show(int status, int count) {',
      '    int i;',
      '    printf("%d %llu", status, (unsigned long long)(status == 0 ? peak : 0));',
      '    for (i = 0; i < count; i++) printf(" %llu %llu", (unsigned long long)o[i], (unsigned long long)s[i]);',
      '    printf("\\n");',
      '}',
      'int main(void) {',
      ...calls,
      '    return 0;',
      '}',
      '',
    ].join('\n');
    for (const [compiler, name, standard] of [
      ['cc', 'main.c', '-std=c99'],
      ['c++', 'main.cc', '-std=c++11'],
    ] as const) {
      writeFileSync(join(cwd, name), program);
      const built = spawnSync(compiler, [standard, ...FLAGS, '-Wno-long-long', '-o', 'main', name], {cwd});
      assert.equal(built.status, 0, built.stderr.toString());
      const lines = execFileSync(join(cwd, 'main')).toString().trimEnd().split('\n');
      assert.deepEqual(lines, expected, compiler);
    }
  } finally {
    rmSync(cwd, {recursive: true, force: true});
  }
});

test('names that C would not take become others, and the end of a comment is none', () => {
  const plan = planSymbolic(planner, {
    dimensions: [{name: '*/ int', min: 0, max: 3}],
    buffers: [
      {id: '*/x', size: [[4, '*/ int']], start: 0, end: 1},
      {id: 'x', size: 1, start: 0, end: 1},
    ],
  });
  const text = [...cFunction(plan)].join('');
  assert.equal(text.match(/\*\//g)?.length, text.match(/\/\*/g)?.length);
  assert.match(text, /#define PLAN_X 0\n.*\n#define PLAN_X_2 1\n/);
  assert.match(text, /plan_offsets\(uint64_t dim_int, /);
  assert.throws(() => [...cFunction(plan, {prefix: '1'})], /prefix: expected a name of C/);
});
