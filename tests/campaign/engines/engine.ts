/** Engines as processes that stay: a request a line, an answer a line. */
import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A program that answers each request by one line. */
export class Engine {
  readonly name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: {resolve(line: string): void; reject(error: Error): void}[] = [];
  #errors = '';

  constructor(
    name: string,
    binary: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.name = name;
    this.#process = spawn(binary, args, {cwd: ROOT, env: {...process.env, ...env}});
    createInterface({input: this.#process.stdout}).on('line', line => this.#waiting.shift()?.resolve(line));
    this.#process.stderr.on('data', data => {
      this.#errors = `${this.#errors}${data}`.slice(-2000);
    });
    this.#process.stdin.on('error', () => {}); // it has ended, which `exit` reports
    this.#process.on('error', error => this.#end(error.message));
    this.#process.on('exit', (code, signal) => this.#end(`it ended with ${signal ?? code}`));
  }

  ask(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({resolve, reject});
      this.#process.stdin.write(`${request}\n`);
    });
  }

  close(): void {
    this.#process.kill();
  }

  #end(why: string): void {
    for (const {reject} of this.#waiting.splice(0))
      reject(new Error(`${this.name}: ${why}: ${this.#errors}`));
  }
}
