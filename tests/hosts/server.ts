/** What a browser needs of this repository over HTTP: dist/, the host programs, the examples and fixtures, nothing else. */
import {readFile} from 'node:fs/promises';
import {createServer, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {extname, join} from 'node:path';
import {type Program, ROOT} from './runtimes.ts';

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
const POLICY = "default-src 'none'; connect-src 'self'; img-src data:; script-src 'self'";

/** Serves on a free port of this machine only. */
export async function serve(): Promise<{origin: string; close: () => Promise<void>}> {
  const server = createServer((request, response) => {
    // a URL parser has resolved every `..` by here
    const {pathname, searchParams} = new URL(request.url ?? '/', 'http://127.0.0.1');
    const policy = searchParams.has('wasm') ? `${POLICY} 'wasm-unsafe-eval'` : POLICY;
    if (pathname === '/') sendPage(response, searchParams.get('program'), policy);
    else sendFile(response, pathname);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {origin: `http://127.0.0.1:${port}`, close: () => close(server)};
}

/** Address of a page that runs a program. */
export function pageOf(origin: string, program: Program, wasm: boolean): string {
  return `${origin}/?program=${program}${wasm ? '&wasm' : ''}`;
}

function sendPage(response: ServerResponse, program: string | null, policy: string): void {
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/tests/hosts/${program}"></script>`;
  response.writeHead(200, {'content-type': 'text/html', 'content-security-policy': policy}).end(page);
}

function sendFile(response: ServerResponse, pathname: string): void {
  const type = MIME_TYPES[extname(pathname)];
  const file = SERVED.test(pathname) && type ? readFile(join(ROOT, pathname)) : Promise.reject();
  file.then(
    bytes => response.writeHead(200, {'content-type': type}).end(bytes),
    () => response.writeHead(404).end(),
  );
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}
