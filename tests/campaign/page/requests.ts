/** Requests to `stowage view`, as bytes: targets, headers and endings that a parser may stumble over. */
import type {Random} from '../../random.ts';

/** Stand for what is known only when the server runs. */
export const HOST = '{host}';
export const TOKEN = '{token}';

const TARGETS = [
  '/',
  '//',
  '///',
  '/\\',
  '\\',
  '//\\/',
  '*',
  '?',
  '#',
  '',
  'http://',
  'http://a:99999/',
  'http://[::1/',
  `http://${HOST}/${TOKEN}/`,
  'ftp:x',
  'javascript:1',
  `/${TOKEN}`,
  `/${TOKEN}/`,
  `//${TOKEN}/`,
  `/${TOKEN}//`,
  `/${TOKEN}/index.html`,
  `/${TOKEN}/assets/page.js`,
  `/${TOKEN}/../../package.json`,
  `/${TOKEN}/..%2f..%2fpackage.json`,
  `/${TOKEN}/%2e%2e/%2e%2e/package.json`,
  `/${TOKEN}/..\\..\\package.json`,
  `/${TOKEN}/files/0`,
  `/${TOKEN}/files/`,
  `/${TOKEN}/files/1`,
  `/${TOKEN}/files/-1`,
  `/${TOKEN}/files/0x0`,
  `/${TOKEN}/files/__proto__`,
  `/${TOKEN}/files/1e999`,
  `/${TOKEN}/files/99999999999999999999`,
  `/${TOKEN}/%`,
  `/${TOKEN}/%00`,
  `/${TOKEN}/a\u0000b.js`,
  `/${TOKEN}/index.html/`,
  '/xxxxxxxxxxxxxxxxxxxxxxxx/',
  '/\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9/',
];
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'G\u0000T',
  '',
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1 x', 'http/1.1', 'HTTP/9.9', ''];
const HEADERS = [
  'Connection: close',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Expect: nothing',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, identity',
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Range: bytes=0-0, 1-1, -5, 9999999999-',
  'If-None-Match: *',
  'Accept-Encoding: br;q=nan',
  `Origin: http://${HOST}`,
  'Origin: null',
  'Cookie: a=\u0000',
  ': no name',
  'No colon',
  ' folded: yes',
  '__proto__: x',
  'constructor: x',
  'Trailer: host',
  `Host: ${HOST}`,
  'Host: evil.example',
  'Host:',
];
const BODIES = [
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n',
  '-1\r\n',
  'GET // HTTP/1.1\r\n\r\n',
];
const ENDS = ['\r\n', '\n', '\r', '\r\n\r\n', ''];

/** One request, in Latin-1; `{host}` and `{token}` are put in by the judge. */
export function randomRequest(random: Random): string {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const often = <T>(usual: T, list: readonly T[]): T => (random(8) > 0 ? usual : pick(list));
  const end = often('\r\n', ENDS);
  const headers = Array.from({length: random(3)}, () => pick(HEADERS));
  if (random(8) > 0) headers.unshift(`Host: ${HOST}`);
  if (random(40) === 0) headers.push(`X: ${'x'.repeat(1 << (8 + random(10)))}`);
  const target = random(3) > 0 ? pick(TARGETS) : randomTarget(random);
  const line = `${often('GET', METHODS)} ${target} ${often('HTTP/1.1', VERSIONS)}`;
  const text = `${[line, ...headers].join(end)}${end}${end}${random(8) > 0 ? '' : pick(BODIES)}`;
  return random(12) > 0 ? text : damaged(text, random);
}

function randomTarget(random: Random): string {
  const parts = [
    '/',
    '//',
    '\\',
    ':',
    '@',
    '?',
    '#',
    '%',
    '..',
    '.',
    'a',
    HOST,
    TOKEN,
    'http:',
    '[',
    ']',
    '\t',
    '\u00ff',
  ];
  return Array.from({length: 1 + random(8)}, () => parts[random(parts.length)]!).join('');
}

function damaged(text: string, random: Random): string {
  const at = random(text.length + 1);
  const byte = String.fromCharCode(random(256));
  return [
    text.slice(0, at),
    text.slice(0, at) + byte + text.slice(at),
    text.slice(0, at) + byte + text.slice(at + 1),
    text.slice(0, at) + text,
  ][random(4)]!;
}
