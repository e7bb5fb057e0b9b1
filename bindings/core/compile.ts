/** Compiles the core that this package carries. */

import {decodeBase64} from '../model/base64.ts';
import {HostError} from '../model/errors.ts';
import {CORE_WASM_BASE64} from './core-wasm.ts';

/** @throws HostError where the host does not compile at run time. */
export async function compileCore(): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(decodeBase64(CORE_WASM_BASE64));
  } catch (error) {
    throw refused(error);
  }
}

/** As `compileCore`, at once: for Node, workers, and browsers that allow it. */
export function compileCoreSync(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(decodeBase64(CORE_WASM_BASE64));
  } catch (error) {
    throw refused(error);
  }
}

/** The bytes are known to be valid, so a refusal is the host's. */
function refused(error: unknown): HostError {
  const reason = error instanceof Error ? error.message : String(error);
  return new HostError(
    `this host does not compile WebAssembly at run time (${reason}): allow 'wasm-unsafe-eval' in its Content-Security-Policy, pass {module} with stowage/core.wasm compiled ahead of time, or use stowage/js, the same in JavaScript`,
  );
}
