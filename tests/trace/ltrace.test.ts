import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FREE, MALLOC, type Trace} from '../../bindings/trace.ts';
import {importTrace, sharedData} from './inputs.ts';

/** `+bytes` per malloc, `-bytes` per free, in order. */
function eventsOf({events, blocks}: Trace): string[] {
  return Array.from({length: events.count}, (_, i) => {
    const kind = events.kind[i];
    assert.ok(kind === MALLOC || kind === FREE);
    return `${kind === MALLOC ? '+' : '-'}${blocks.bytes[events.block[i]!]}`;
  });
}

test('operator new and delete of C++ are allocations, mangled or not, with all their variants', async () => {
  const pairs = [
    ['_Znwm(64)', '_ZdlPv(0x1000)'],
    ['_Znam(64)', '_ZdaPvm(0x1000, 64)'],
    ['_Znwj(64)', '_ZdlPvj(0x1000, 64)'],
    ['_ZnwmSt11align_val_t(64, 128)', '_ZdlPvmSt11align_val_t(0x1000, 64, 128)'],
    ['_ZnamRKSt9nothrow_t(64, 0x7f00)', '_ZdaPvRKSt9nothrow_t(0x1000, 0x7f00)'],
    ['operator new(unsigned long)(64)', 'operator delete(void*)(0x1000)'],
    ['operator new[](unsigned long)(64)', 'operator delete[](void*, unsigned long)(0x1000, 64)'],
    ['operator new(unsigned long, std::align_val_t)(64, 128)', 'operator delete(void*)(0x1000)'],
    ['operator new(64)', 'operator delete(0x1000)'],
  ];
  for (const [allocate, free] of pairs)
    for (const before of ['', 'demo->', '12 demo->', '[pid 12] demo->']) {
      const text = `${before}${allocate}   = 0x1000\n${before}${free} = <void>\n+++ exited (status 0) +++\n`;
      const trace = await importTrace(text);
      assert.deepEqual(eventsOf(trace), ['+64', '-64'], text);
      assert.match(trace.operations[1]!, /^(_Zn[wa][mj]\w*|operator new(\[\])?(\(unsigned long[^)]*\))?)$/);
      assert.deepEqual(trace.warnings, []);
    }
});

test('the malloc within operator new, and the free within operator delete, count once', async () => {
  const trace = await importTrace(
    [
      '1 demo->_Znwm(64 <unfinished ...>',
      '1 libstdc++.so.6->malloc(64)  = 0x1000',
      '2 demo->malloc(5)  = 0x9000',
      '1 <... _Znwm resumed> ) = 0x1000',
      '1 demo->operator delete(void*)(0x1000 <unfinished ...>',
      '1 libstdc++.so.6->free(0x1000) = <void>',
      '2 demo->malloc(64)  = 0x1000',
      '1 <... operator delete(void*) resumed> ) = <void>',
      '2 demo->free(0x1000) = <void>',
      '',
    ].join('\n'),
  );
  assert.deepEqual(eventsOf(trace), ['+64', '+5', '-64', '+64', '-64']);
  assert.equal(trace.operations[1], '_Znwm');
  assert.deepEqual(trace.warnings, []);
});

test('a program that ends within a call leaves that call out, and a free that it had begun counts', async () => {
  for (const end of ['malloc(24 <no return ...>', '_Znwm(24 <no return ...>', 'malloc(24 <unfinished ...>']) {
    const trace = await importTrace(
      `12 demo->malloc(64) = 0x1000\n12 demo->${end}\n12 --- SIGSEGV (Segmentation fault) ---\n12 +++ killed by SIGSEGV +++\n`,
    );
    assert.deepEqual(eventsOf(trace), ['+64']);
    assert.deepEqual(trace.warnings, ['1 × a call that never returned: left out']);
  }
  const freed = await importTrace(
    'malloc(64) = 0x1000\nfree(0x1000 <no return ...>\n+++ killed by SIGSEGV +++\n',
  );
  assert.deepEqual(eventsOf(freed), ['+64', '-64']);
  assert.deepEqual(freed.warnings, []);
});

test('the shared logs of C++ and of a program that was killed', async t => {
  const cpp = sharedData(t, 'field/cpp_new.ltrace');
  const killed = sharedData(t, 'field/killed_in_malloc.ltrace');
  if (!cpp || !killed) return;
  assert.deepEqual(eventsOf(await importTrace(cpp)), ['+4096', '+100', '-4096', '-100']);
  assert.deepEqual(eventsOf(await importTrace(killed)), ['+4096', '-4096', '+64']);
});
