/** Bombs of formats that are read line by line. */
import {type Bombs, each, file, list, run} from './pieces.ts';

const EVENTS = '{"schema":"stowage.events/1"}\n';
const ltrace = 'a->malloc(4) = 0x10\n';
const xla = 'BufferAssignment:\nallocation 5: size 100, preallocated-temp:\n';

export const TEXT_BOMBS: Bombs = {
  'csv rows': {
    most: 1 << 19,
    make: n =>
      file(
        'id,lower,upper,size\n',
        each(n, i => `b${i},${i},${i + 2},8\n`),
      ),
  },
  'csv columns': {most: 1 << 22, make: n => file('id,lower,upper,size', run(n, ',x'), '\n')},
  'csv fields': {most: 1 << 22, make: n => file('id,lower,upper,size\na,0,1,2', run(n, ','), '\n')},
  'csv gaps': {
    most: 1 << 20,
    make: n =>
      file(
        'id,lower,upper,size,gaps\na,0,99999999,2,',
        each(n, i => `${2 * i + 1}-${2 * i + 2} `),
        '\n',
      ),
  },
  'csv bad gaps': {
    most: 1 << 20,
    make: n => file('id,lower,upper,size,gaps\na,0,10,5,', run(n, '1-2 '), 'x\n'),
  },
  'csv pools of a row': {
    most: 1 << 20,
    make: n =>
      file(
        'id,lower,upper,size,pool\na,0,10,5,',
        each(n, i => `p${i} `),
        '\n',
      ),
  },
  'csv quotes': {most: 1 << 21, make: n => file('id,lower,upper,size\n"', run(n, '""'), '",0,1,2\n')},
  'csv rows of quotes': {
    most: 1 << 18,
    make: n =>
      file(
        'id,lower,upper,size\n',
        each(n, i => `"${i}",0,1,2\n`),
      ),
  },
  'csv same names': {most: 1 << 19, make: n => file('id,lower,upper,size\n', run(n, 'a,0,1,2\n'))},
  'event log events': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"malloc","address":${i},"size":8,"operation":"o${i}","module":"m${i}"}\n`),
      ),
  },
  'event log devices': {
    most: 1 << 15,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"malloc","address":${i},"size":8,"device":"d${i}"}\n`),
      ),
  },
  'event log streams': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"malloc","address":${i},"size":8,"stream":${i},"pool":${i}}\n`),
      ),
  },
  'event log warnings': {
    most: 1 << 20,
    make: n =>
      file(
        '{"schema":"stowage.events/1","warnings":[',
        list(n, i => `"${i}"`),
        ']}\n{"event":"malloc","address":1,"size":8}\n',
      ),
  },
  'event log marks': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"iteration"}\n{"event":"malloc","address":${i},"size":8}\n`),
      ),
  },
  'event log annotations': {
    most: 1 << 16,
    make: n =>
      file(
        EVENTS,
        each(
          n,
          i =>
            `{"event":"annotation","name":"a${i}#1","start":${i},"end":${i + 1}}\n{"event":"annotation","name":"a${i}#2","start":${i + 2},"end":${i + 3}}\n{"event":"malloc","address":${i},"size":8,"time":${i}}\n`,
        ),
      ),
  },
  'event log optimizer': {
    most: 1 << 16,
    make: n =>
      file(
        EVENTS,
        each(
          n,
          i =>
            `{"event":"annotation","name":"Optimizer.step#a","start":${2 * i},"end":${2 * i + 1}}\n{"event":"malloc","address":${i},"size":8,"time":${i}}\n`,
        ),
      ),
  },
  'event log waits': {
    most: 1 << 16,
    make: n =>
      file(
        EVENTS,
        each(
          n,
          i =>
            `{"event":"malloc","address":${i},"size":8}\n{"event":"free","address":${i},"requested":${i}}\n`,
        ),
      ),
  },
  'event log same address': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"${i % 2 ? 'free' : 'malloc'}","address":1,"size":8}\n`),
      ),
  },
  'event log depth': {most: 1 << 20, make: n => file(EVENTS, '{"event":', run(n, '['), run(n, ']'), '}\n')},
  'event log keys': {
    most: 1 << 19,
    make: n =>
      file(
        EVENTS,
        '{"event":"malloc"',
        each(n, i => `,"k${i}":1`),
        '}\n',
      ),
  },
  'mtrace callers': {
    most: 1 << 18,
    make: n =>
      file(
        '= Start\n',
        each(n, i => `@ ./a:[0x${i}] + 0x${(16 * i).toString(16)} 0x10\n`),
      ),
  },
  'mtrace signs': {most: 1 << 21, make: n => file('= Start\n@ ', run(n, '- '), '\n')},
  'ltrace unfinished': {
    most: 1 << 16,
    make: n =>
      file(
        ltrace,
        run(n, '1 a->_Znwm(8 <unfinished ...>\n'),
        each(n, i => `1 a->malloc(8) = 0x${(16 * i + 32).toString(16)}\n`),
      ),
  },
  'ltrace resumed': {
    most: 1 << 16,
    make: n =>
      file(ltrace, run(n, '1 a->malloc(8 <unfinished ...>\n'), run(n, '1 <... free resumed> ) = 0x1\n')),
  },
  'ltrace threads': {
    most: 1 << 16,
    make: n =>
      file(
        ltrace,
        each(n, i => `${i} a->malloc(8 <unfinished ...>\n`),
      ),
  },
  'ltrace blanks': {most: 1 << 21, make: n => file(ltrace, 'a->malloc(1)', run(n, ' '), 'x\n')},
  'ltrace arguments': {most: 1 << 20, make: n => file(ltrace, 'a->malloc(', run(n, '1,'), ') = 0x20\n')},
  'ltrace arrows': {most: 1 << 20, make: n => file(ltrace, run(n, '->'), 'malloc(\n')},
  'ltrace separators': {most: 1 << 20, make: n => file(ltrace, 'a->malloc(', run(n, '\u2028'), '\n')},
  digits: {most: 1 << 20, make: n => file(run(n, '1'), '\nfoo\n')},
  'singa lines': {
    most: 1 << 18,
    make: n => each(n, i => `MALLOC: 0x${(16 * i).toString(16)} 8 1608639594${1e9 + i}\n`),
  },
  'heaptrack numbers': {most: 1 << 21, make: n => file('v 10400 3\ni 1', run(n, ' 1'), '\n')},
  'heaptrack classes': {
    most: 1 << 18,
    make: n =>
      file(
        'v 10400 3\ns 1 a\ni 1 1 1\nt 1 0\n',
        each(n, i => `a ${(i + 1).toString(16)} 1\n+ ${i.toString(16)}\n`),
      ),
  },
  'heaptrack strings': {
    most: 1 << 18,
    make: n =>
      file(
        'v 10400 3\n',
        each(
          n,
          i =>
            `s 4 ${i}\ni 1 1 ${(i + 1).toString(16)}\nt ${(i + 1).toString(16)} 0\na 8 ${(i + 1).toString(16)}\n+ ${i.toString(16)}\n`,
        ),
      ),
  },
  'heaptrack one class': {
    most: 1 << 18,
    make: n => file('v 10400 3\na 8 0\n', run(n, '+ 0\n'), run(n, '- 0\n')),
  },
  'xla braces': {
    most: 1 << 21,
    make: n => file('BufferAssignment:\nBufferLiveRange:\n  ', run(n, '{'), '\n'),
  },
  'xla values': {
    most: 1 << 17,
    make: n =>
      file(
        xla,
        each(n, i => ` value: <${i} f.${i}{} @0> (size=8,offset=${i % 7}): f\n`),
        '  BufferLiveRange:\n',
        each(n, i => `    f.${i}{}:${i}-${i + 9}\n`),
      ),
  },
  'xla allocations': {
    most: 1 << 16,
    make: n =>
      file(
        'BufferAssignment:\n',
        each(
          n,
          i =>
            `allocation ${i}: size 8, preallocated-temp:\n value: <${i} f.${i}{} @0> (size=8,offset=0): f\n`,
        ),
        '  BufferLiveRange:\n',
        each(n, i => `    f.${i}{}:${i}-${i + 9}\n`),
      ),
  },
};
