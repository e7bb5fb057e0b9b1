/** `core-js.js` is made by scripts/build-js-core.mjs and not committed. */
import type {CoreExports} from '../core/abi.ts';

/** A new instance of the core. */
export function instantiateCore(): CoreExports;
