/** `stowage view` as a process of its own, and raw requests to it. */
import {type ChildProcess, spawn} from 'node:child_process';
import {connect} from 'node:net';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {HOST, TOKEN} from './requests.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Milliseconds within which an answer begins, and after which a quiet connection is left. */
const QUIET_MS = 250;

export interface ViewServer {
  readonly url: URL;
  readonly token: string;
  /** Why it is no longer there. */
  ended(): string | undefined;
  /** Sends bytes on a connection of its own. @returns what came back, in Latin-1 */
  send(request: string): Promise<string>;
  close(): void;
}

/** @param file to serve */
export async function startView(file: string): Promise<ViewServer> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'dist/cli/main.js'), 'view', file, '--no-open', '--json'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let errors = '';
  let ended: string | undefined;
  child.stderr.on('data', data => {
    errors += data;
  });
  child.on('exit', (code, signal) => {
    ended = `${signal ?? code}: ${errors.trim()}`;
  });
  const url = new URL(JSON.parse(await firstLine(child)).url);
  const [, token = ''] = url.pathname.split('/');
  return {
    url,
    token,
    ended: () => ended,
    send: request => sendRaw(url, request.replaceAll(HOST, url.host).replaceAll(TOKEN, token)),
    close: () => child.kill('SIGTERM'),
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout!) {
    text += chunk;
    if (text.includes('\n')) return text;
  }
  throw new Error(`stowage view printed no address: ${text}`);
}

function sendRaw({hostname, port}: URL, request: string): Promise<string> {
  return new Promise(resolve => {
    let answer = '';
    const socket = connect(Number(port), hostname);
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(QUIET_MS, done);
    socket.on('data', data => {
      answer += data.toString('latin1');
    });
    socket.on('error', done);
    socket.on('close', done);
    const bytes = Buffer.from(request, 'latin1');
    // an end of ours cuts an answer that is on its way, and is needed where the server keeps the connection
    if (request.includes('Connection: close')) socket.write(bytes);
    else socket.end(bytes);
  });
}
