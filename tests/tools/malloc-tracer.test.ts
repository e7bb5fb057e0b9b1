/** The malloc tracer: built and run, where there are a C compiler and LD_PRELOAD. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {findIterations, NONE, stepProblem, type Trace} from '../../bindings/trace.ts';
import {newFolder} from '../cli/stowage.ts';
import {has} from '../requirements.ts';
import {checkTrace, loadOf} from '../trace/check.ts';
import {importTrace} from '../trace/inputs.ts';

const TRACER = fileURLToPath(new URL('../../tools/record/malloc_tracer.c', import.meta.url));

/** Three equal steps, three threads at once, a child that is not recorded, and one block never freed. */
const PROGRAM = `
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern void stowage_iteration(void) __attribute__((weak));
static void *work(void *unused) {
  for (int i = 0; i < 3000; i++) {
    void *block = memset(malloc(5001), 1, 5001);
    block = realloc(block, 7001);
    free(block);
  }
  return unused;
}
int main(void) {
  pthread_t threads[3];
  void *volatile kept = malloc(31337);
  for (int step = 0; step < 4; step++) {
    if (stowage_iteration) stowage_iteration();
    void *a = malloc(4096), *b = calloc(3, 1000), *c = aligned_alloc(64, 640), *d = NULL;
    if (posix_memalign(&d, 256, 512) != 0) return 1;
    free(b);
    a = realloc(a, 123456);
    free(c);
    free(d);
    free(a);
    if (realloc(malloc(77), (size_t)-1 / 2) != NULL) return 1;
  }
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], 0, work, 0);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
  if (fork() == 0) { free(malloc(424242)); _exit(0); }
  wait(0);
  return kept == 0;
}
`;

async function record(folder: string): Promise<Trace> {
  const [library, program] = [join(folder, 'malloc_tracer.so'), join(folder, 'program')];
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-pthread'];
  execFileSync('cc', [...flags, '-o', library, TRACER, '-ldl']);
  writeFileSync(`${program}.c`, PROGRAM);
  execFileSync('cc', ['-O0', '-w', '-pthread', '-o', program, `${program}.c`]);
  const env = {...process.env, LD_PRELOAD: library, STOWAGE_LOG: join(folder, 'run')};
  execFileSync(program, {env, timeout: 60_000});
  const logs = readdirSync(folder).filter(name => name.endsWith('.jsonl'));
  assert.equal(logs.length, 1, 'the child has no log of its own');
  return importTrace(readFileSync(join(folder, logs[0]!)));
}

test('a program with threads is recorded in order, without an event too many or too few', async context => {
  if (!has(context, 'linux', 'cc')) return;
  const trace = await record(newFolder());
  checkTrace(trace);
  assert.deepEqual(trace.warnings, []);
  const count = (bytes: number): number =>
    trace.blocks.bytes.reduce((sum, one) => sum + (one === bytes ? 1 : 0), 0);
  for (const [bytes, times] of [
    [5001, 9000],
    [7001, 9000],
    [123456, 4],
    [3000, 4],
    [640, 4],
    [512, 4],
    [424242, 0],
  ] as const)
    assert.equal(count(bytes), times, `blocks of ${bytes} bytes`);
  const open = [...trace.blocks.bytes].filter((_, block) => trace.blocks.freeEvent[block] === NONE);
  // a realloc that fails leaves its block as it is
  assert.deepEqual(
    open.filter(bytes => bytes === 31337 || bytes === 77),
    [31337, 77, 77, 77, 77],
  );
  const {source, iterations} = findIterations(trace, 0);
  assert.deepEqual([source, iterations.length], ['mark', 4]);
  const step = stepProblem(trace, {iteration: 1});
  assert.equal(step.device.alignment, 16);
  assert.equal(loadOf(step.problem), 640 + 512 + 123456);
});
