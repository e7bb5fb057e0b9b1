/** Serves one folder on a free port of this machine, for a browser to open. */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {extname, join} from 'node:path';

const MIME_TYPES: Readonly<Record<string, string>> = {'.html': 'text/html', '.js': 'text/javascript'};
const PAGE = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="main.js"></script>';

/** With a page that runs `main.js` where the folder has none of its own. */
export async function serveFolder(folder: string): Promise<{origin: string; close: () => Promise<void>}> {
  const server = createServer((request, response) => {
    const {pathname} = new URL(request.url ?? '/', 'http://127.0.0.1');
    const file = pathname === '/' ? '/index.html' : pathname;
    readFile(join(folder, file))
      .catch(error => {
        if (file !== '/index.html') throw error;
        return PAGE;
      })
      .then(
        content =>
          response
            .writeHead(200, {'content-type': MIME_TYPES[extname(file)] ?? 'application/octet-stream'})
            .end(content),
        () => response.writeHead(404).end(),
      );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>(resolve => server.close(() => resolve()));
  };
  return {origin: `http://127.0.0.1:${port}`, close};
}
