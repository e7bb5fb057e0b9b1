/** The stand-alone bench is a WASI command with two imports, and plans as the library does. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {buildStandalone, NODE_WASI} from '../../bench/standalone.ts';
import {type BufferInfo, loadPlannerSync} from '../../bindings/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('it runs under node:wasi, importing a clock and an output alone, and finds the peaks of the library', () => {
  const [file] = buildStandalone(['short']);
  const module = new WebAssembly.Module(readFileSync(`${ROOT}/${file}`));
  assert.deepEqual(
    WebAssembly.Module.imports(module)
      .map(({module, name}) => `${module}.${name}`)
      .sort(),
    ['wasi_snapshot_preview1.clock_time_get', 'wasi_snapshot_preview1.fd_write'],
  );
  const {status, stdout, stderr} = spawnSync(process.execPath, [...NODE_WASI, file!], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const planner = loadPlannerSync();
  let buffers: BufferInfo[] = [];
  let problems = 0;
  for (const line of stdout.split('\n')) {
    const [kind, ...cells] = line.split(',');
    const [first, second, third] = cells.map(Number) as [number, number, number];
    if (kind === 'buffer') buffers.push({start: first, end: second, size: third, alignment: 64});
    if (!['chain', 'training', 'heap'].includes(kind!)) continue;
    const plan = planner.plan({buffers});
    assert.deepEqual([first, second, third], [buffers.length, plan.lowerBound, plan.peak], kind);
    problems++;
    buffers = [];
  }
  assert.equal(problems, 3);
  assert.equal(stdout.match(/^(lifo|churn),64,stowage,\d+\.\d{3},\d+\.\d{3}$/gm)?.length, 2);
});
