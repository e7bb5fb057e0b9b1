/**
 * Serves the page and the files to show on this machine only.
 *
 * It listens on 127.0.0.1 at a port that the system chooses. Every address begins with a secret token, which is printed
 * with the address. A request that names another host is refused, so that a page from elsewhere cannot reach it through
 * a host name that resolves to this machine.
 */
import {randomBytes, timingSafeEqual} from 'node:crypto';
import {type FileHandle, readFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {extname} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';

/** A file to show. */
export interface ServedFile {
  /** As the user named it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** An open file, so that a link that changes later shows nothing else; or the bytes. */
  readonly content: {readonly opened: FileHandle} | {readonly data: Uint8Array};
  /** Of a run: opens the recording of a rank, by its index, when it is asked for. @throws Error with the reason. */
  readonly recording?: (index: number) => Promise<FileHandle>;
  /** Of a folder of recordings: those that `recording` opens, by index. It has no content itself. */
  readonly recordings?: readonly {readonly name: string; readonly size: number}[];
}

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

const PAGE = new URL('../../page/', import.meta.url);
const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

const CHUNK_BYTES = 1 << 18;

/** A browser opens six at a time. */
const MOST_CONNECTIONS = 256;

/** The page's own connection policy, and the one when it is served with files to fetch. */
const CLOSED = "connect-src 'none'";
const OPEN_HERE = "connect-src 'self'";

const HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** @throws if the page was not built, or no port is available. */
export async function servePage(files: readonly ServedFile[]): Promise<PageServer> {
  const page = pageFor(await readFile(new URL('index.html', PAGE), 'utf8'), files);
  const token = randomBytes(18).toString('base64url');
  let host = '';
  const server = createServer((request, response) => {
    const path = pathWithin(request, host, token);
    const [, file, recording] = /^files\/(\d{1,9})(?:\/(\d{1,9}))?$/.exec(path ?? '') ?? [];
    if (path === undefined)
      refuse(response, 403, 'the address is incomplete: open the one that stowage printed');
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'only GET');
    else if (path === '') send(response, '.html', page);
    else if (recording !== undefined) void sendRecording(response, files[Number(file)], Number(recording));
    else if (file !== undefined) sendFile(response, files[Number(file)]);
    else sendAsset(response, path);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // a connection that could not be accepted (no descriptors are left) ends that connection alone
  server.on('error', () => {});
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {url: `http://${host}/${token}/`, close: () => close(server)};
}

/** The page, with permission to fetch from here and the list of files. */
function pageFor(html: string, files: readonly ServedFile[]): string {
  const list = files.flatMap((file, index): object[] => {
    const {name, size, recording, recordings} = file;
    const url = `files/${index}`;
    return recordings
      ? recordings.map((one, i) => ({name: one.name, size: one.size, url: `${url}/${i}`, isOfFolder: true}))
      : [{name, size, url, ...(recording ? {recordings: `${url}/`} : {})}];
  });
  const text = JSON.stringify(list)
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;');
  if (!html.includes(CLOSED)) throw new Error('the page has no policy about connections');
  return html
    .replaceAll(CLOSED, OPEN_HERE)
    .replace('</head>', () => `<meta name="stowage-files" content="${text}"></head>`);
}

/** The path below the token; undefined if the host or the token is wrong. */
function pathWithin({url = '/', headers}: IncomingMessage, host: string, token: string): string | undefined {
  if (headers.host !== host) return undefined;
  // nothing is decoded or resolved: the paths of the page are plain, and another one is not there
  const [, given = '', path] = /^\/([^/?#]*)\/([^?#]*)/.exec(url) ?? [];
  const [claimed, expected] = [Buffer.from(given), Buffer.from(token)];
  return claimed.length === expected.length && timingSafeEqual(claimed, expected) ? path : undefined;
}

function send(response: ServerResponse, extension: string, content: string | Uint8Array): void {
  response.writeHead(200, {...HEADERS, 'content-type': MIME_TYPES[extension]}).end(content);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, {...HEADERS, 'content-type': 'text/plain; charset=utf-8'}).end(`${reason}\n`);
}

function sendAsset(response: ServerResponse, path: string): void {
  const isAsset = /^[\w-]+(\/[\w-]+)*\.(js|css|html)$/.test(path);
  const content = isAsset ? readFile(fileURLToPath(new URL(path, PAGE))) : Promise.reject();
  content.then(
    bytes => send(response, extname(path), bytes),
    () => refuse(response, 404, 'there is nothing at this address'),
  );
}

function sendFile(response: ServerResponse, file: ServedFile | undefined): void {
  if (!file) {
    refuse(response, 404, 'there is no such file');
    return;
  }
  setHeaders(response);
  if ('data' in file.content) response.end(file.content.data);
  else void sendOpened(response, file.content.opened);
}

/** A recording is open for as long as it is sent. */
async function sendRecording(
  response: ServerResponse,
  run: ServedFile | undefined,
  index: number,
): Promise<void> {
  let opened: FileHandle;
  try {
    if (!run?.recording) throw new Error('there is no such file');
    opened = await run.recording(index);
  } catch (error) {
    refuse(response, 404, (error as Error).message);
    return;
  }
  setHeaders(response);
  await sendOpened(response, opened);
  await opened.close().catch(() => undefined);
}

function setHeaders(response: ServerResponse): void {
  response.setHeader('content-type', 'application/octet-stream');
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

/** A file that cannot be read ends the response, and the page reports it. */
function sendOpened(response: ServerResponse, opened: FileHandle): Promise<void> {
  return pipeline(bytesOf(opened), response).catch(() => void response.destroy());
}

/** From the beginning, whoever else reads it. */
async function* bytesOf(file: FileHandle): AsyncIterable<Uint8Array> {
  for (let at = 0; ; ) {
    const {bytesRead, buffer} = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}
