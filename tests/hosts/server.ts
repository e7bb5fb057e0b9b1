/**
 * What a browser needs of this repository over HTTP: dist/, the host programs, the examples and fixtures, and what a
 * test makes for it; nothing else.
 */
import {readFile} from 'node:fs/promises';
import {createServer, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {extname, join} from 'node:path';
import {ROOT} from './runtimes.ts';

const SERVED = /^\/(dist|tests\/hosts|tests\/trace\/fixtures|examples)\/[\w./-]+$/;
const MIME_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.csv': 'text/csv',
  '.gz': 'application/octet-stream',
  '.pickle': 'application/octet-stream',
  '.onnx': 'application/octet-stream',
  '.tflite': 'application/octet-stream',
};
/** Nothing from elsewhere, no inline script, no eval: a strict page must be able to use the package. */
const STRICT = "default-src 'none'; connect-src 'self'; img-src data:; script-src 'self'";
const POLICY = `${STRICT} 'wasm-unsafe-eval'`;

/** A page that may share memory with its workers, and start them from the blobs that Emscripten makes of them. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'content-security-policy': `${POLICY.replace('script-src', 'script-src blob:')}; worker-src blob:`,
};

/**
 * Serves on a free port of this machine only.
 * @param made further files to serve, by their path
 */
export async function serve(
  made: ReadonlyMap<string, Uint8Array>,
): Promise<{origin: string; close: () => Promise<void>}> {
  const server = createServer((request, response) => {
    // a URL parser has resolved every `..` by here
    const {pathname, searchParams} = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/') sendPage(response, searchParams);
    else sendFile(response, pathname, made.get(pathname));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {origin: `http://127.0.0.1:${port}`, close: () => close(server)};
}

/** The policy of a page. */
export interface PageOptions {
  /** Share memory with workers. */
  readonly isIsolated?: boolean;
  /** Compile WebAssembly; it may where this is absent. */
  readonly wasm?: boolean;
}

/** Address of a page that runs a program: one beside this file, or one that was made, by its path. */
export function pageOf(origin: string, program: string, {isIsolated, wasm}: PageOptions): string {
  return `${origin}/?program=${program}${isIsolated ? '&isolated' : ''}${wasm === false ? '&strict' : ''}`;
}

function sendPage(response: ServerResponse, parameters: URLSearchParams): void {
  const source = new URL(parameters.get('program') ?? '', 'http://host/tests/hosts/').pathname;
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${source}"></script>`;
  const policy = parameters.has('strict') ? STRICT : POLICY;
  const headers = parameters.has('isolated') ? ISOLATED : {'content-security-policy': policy};
  response.writeHead(200, {'content-type': 'text/html', ...headers}).end(page);
}

function sendFile(response: ServerResponse, pathname: string, made: Uint8Array | undefined): void {
  const type = MIME_TYPES[extname(pathname)];
  const stored = SERVED.test(pathname) && type ? readFile(join(ROOT, pathname)) : Promise.reject();
  const file = made && type ? Promise.resolve(made) : stored;
  stored.catch(() => {}); // of one that was made there is none
  file.then(
    bytes => response.writeHead(200, {'content-type': type!}).end(bytes),
    () => response.writeHead(404).end(),
  );
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}
