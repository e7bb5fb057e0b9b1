/** Hostile texts, and recordings that carry them wherever a format has a text. */
import type {Random} from '../../random.ts';
import {pickle} from '../../trace/pickle.ts';

/** A script that runs sets this name; a request goes to this address, where nothing is. */
export const RAN = '__ran';
export const STRAY = 'stray.invalid';

const PIECES = [
  `<script>${RAN}=1</script>`,
  `<img src=x onerror=${RAN}=1>`,
  `<img src="http://${STRAY}/1">`,
  `<svg onload="${RAN}=1">`,
  `<svg><script>${RAN}=1</script></svg>`,
  `"><b onmouseover="${RAN}=1" autofocus tabindex=1 onfocus=${RAN}=1>`,
  `' onclick='${RAN}=1`,
  `" style="background:url(http://${STRAY}/2)`,
  `javascript:${RAN}=1`,
  `<a href="javascript:${RAN}=1">a</a>`,
  `<iframe srcdoc="<script>parent.${RAN}=1</script>">`,
  `<link rel=stylesheet href=//${STRAY}/3>`,
  `<meta http-equiv=refresh content="0;url=http://${STRAY}/4">`,
  `<style>@import "http://${STRAY}/5";</style>`,
  `</style><script>${RAN}=1</script>`,
  `</title><script>${RAN}=1</script>`,
  `</script><script>${RAN}=1</script>`,
  `]]><script>${RAN}=1</script>`,
  '-->',
  '<!--',
  '<![CDATA[',
  '&lt;b&gt;',
  '&#x3c;script&#x3e;',
  '&amp',
  '%3Cscript%3E',
  '`$' + '{1}`',
  "');",
  '\\',
  '\\"',
  '\u0000',
  '\u0007\u001b]0;owned\u0007',
  '\u001b[2J\u001b[31m',
  '\u009b2J',
  '\u007f',
  '\r\n',
  '\n\n# heading',
  '\t',
  '\u2028',
  '\u2029',
  '\u202egnp.exe',
  '\u2066\u2069',
  '\u061c',
  '\u200e\u200f',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\ufffe\uffff',
  '\u{e0041}',
  '\u0301'.repeat(30),
  '=1+1',
  '=cmd|calc!A1',
  '+1',
  '-1',
  '@sum(1)',
  '\t=1',
  '|a|b|',
  '``` code',
  `[x](javascript:${RAN}=1)`,
  `![x](http://${STRAY}/6)`,
  '@everyone',
  '"a","b"',
  ',,,',
  '""',
  '__proto__',
  'constructor',
  'toString',
  '',
  ' ',
  '../../etc/passwd',
  'x'.repeat(3000),
];

export function hostileText(random: Random): string {
  const parts = Array.from({length: 1 + random(3)}, () =>
    random(8) === 0 ? String.fromCodePoint(random(0x300)) : PIECES[random(PIECES.length)]!,
  );
  return parts.join('');
}

/** Where texts of a case are put. */
export const CARRIERS = ['event log', 'csv', 'problem', 'snapshot', 'kineto'] as const;
export type Carrier = (typeof CARRIERS)[number];

/** A recording or problem of so many texts; all of it is live at once in the middle. */
export function carried(carrier: Carrier, texts: readonly string[]): Uint8Array {
  const bytes = new TextEncoder();
  switch (carrier) {
    case 'event log':
      return bytes.encode(eventLog(texts));
    case 'csv':
      return bytes.encode(csv(texts));
    case 'problem':
      return bytes.encode(JSON.stringify(problem(texts)));
    case 'snapshot':
      return pickle(snapshot(texts));
    case 'kineto':
      return bytes.encode(JSON.stringify(kineto(texts)));
  }
}

function eventLog(texts: readonly string[]): string {
  const text = (i: number) => texts[i % texts.length]!;
  const lines: object[] = [{schema: 'stowage.events/1', device: text(0), warnings: texts}];
  for (const number of [0, 1, 2]) {
    lines.push({event: 'iteration', number});
    texts.forEach((operation, i) => {
      lines.push({
        event: 'malloc',
        address: i + 1,
        size: (i + 1) * 4096,
        operation,
        module: text(i + 1),
        forward: text(i + 2),
        leaf: text(i + 3),
      });
    });
    texts.forEach((_, i) => {
      lines.push({event: 'free', address: i + 1});
    });
  }
  lines.push({event: 'end'});
  return `${lines.map(line => JSON.stringify(line)).join('\n')}\n`;
}

/** The readers take no line breaks, commas and quotes in ids. */
function csv(texts: readonly string[]): string {
  const rows = texts.map(
    (text, i) => `"${text.replaceAll(/[\r\n"]/g, '')}",${i},${i + texts.length},${(i + 1) * 64}`,
  );
  return `id,lower,upper,size\n${rows.join('\n')}\n`;
}

function problem(texts: readonly string[]): object {
  return {
    schema: 'stowage.problem/1',
    buffers: texts.map((id, i) => ({
      id: `${id.replaceAll(/[\r\n",]/g, '')}${i}`,
      start: i,
      end: i + texts.length,
      size: (i + 1) * 64,
    })),
  };
}

function snapshot(texts: readonly string[]) {
  const frames = texts.map((text, i) => ({filename: text, line: i, name: texts[(i + 1) % texts.length]!}));
  const base = 0x7f12_0000_0000;
  const actions = ['alloc', 'free_requested', 'free_completed'];
  const traces = texts.flatMap((_, i) => {
    const addr = base + i * 4096;
    const entry = (action: string) => ({
      action,
      addr,
      size: 4096,
      stream: 0,
      frames: [frames[i]!],
      time_us: 0,
    });
    return i % 2 === 0 ? actions.map(entry) : [entry('alloc')];
  });
  const blocks = texts.map((_, i) => ({
    address: base + i * 4096,
    size: 4096,
    requested_size: 4096,
    state: i % 2 === 0 ? 'inactive' : 'active_allocated',
    frames: [frames[i]!],
  }));
  const size = texts.length * 4096;
  const segment = {
    device: 0,
    address: base,
    total_size: size,
    allocated_size: size,
    active_size: size,
    stream: 0,
    segment_type: 'small',
    segment_pool_id: [0, 0],
    is_expandable: false,
    frames: [],
    blocks,
  };
  return {segments: [segment], device_traces: [traces], allocator_settings: {}, external_annotations: []};
}

function kineto(texts: readonly string[]): object {
  const events: object[] = [];
  texts.forEach((name, i) => {
    const memory = (bytes: number, ts: number) => ({
      ph: 'i',
      cat: 'cpu_instant_event',
      name: '[memory]',
      pid: 1,
      tid: 1,
      ts,
      args: {'Device Type': 0, 'Device Id': -1, Addr: 4096 * (i + 1), Bytes: bytes, 'Total Allocated': 1},
    });
    events.push({ph: 'X', cat: 'cpu_op', name, pid: 1, tid: 1, ts: i * 10, dur: 5, args: {[name]: name}});
    events.push(memory(1024, i * 10 + 1), memory(-1024, 1000 + i));
  });
  return {schemaVersion: 1, traceEvents: events};
}
