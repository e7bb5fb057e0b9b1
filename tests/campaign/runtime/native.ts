/** Has the C that wasm2c makes of the module repeat what was called in WebAssembly; every answer and byte is the same. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {NAMES} from '../../native/call-names.ts';
import {compile, OPTIMIZED, SANITIZED} from '../../native/compile.ts';
import {firstMissing} from '../../requirements.ts';
import type {Engine} from './engine.ts';
import {Failure} from './failure.ts';

const RUN_MS = 60_000;

/** With sanitizers where `REQUIRE` names them. */
export const areSanitized = () => firstMissing('sanitizers') === undefined;
/** What is missing to compile. */
export const missingToCompile = () => firstMissing('cc', 'linux');

export class Native {
  readonly #folder = mkdtempSync(join(tmpdir(), 'stowage-campaign-'));
  #program: string | undefined;

  /** @throws Failure with the first answer or byte that differs */
  repeat({log, calls}: Engine): void {
    this.#program ??= compile({
      sources: ['replay.c', 'wasm-rt.c'],
      flags: areSanitized() ? SANITIZED : OPTIMIZED,
    });
    const path = join(this.#folder, 'calls');
    writeFileSync(path, Uint32Array.from(log!));
    const {stdout, stderr, status, signal} = spawnSync(this.#program, [path, NAMES.join(' ')], {
      encoding: 'utf8',
      timeout: RUN_MS,
    });
    if (status !== 0) throw new Failure('native', `${signal ?? status}: ${stderr.slice(0, 1000)}`);
    if (Number(stdout) !== calls) throw new Failure('native', `${stdout} of ${calls} calls were repeated`);
  }

  close(): void {
    rmSync(this.#folder, {recursive: true, force: true});
  }
}
