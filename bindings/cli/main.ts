#!/usr/bin/env node
/** The command. Node 22.1 and later keep the compiled code of what is loaded from here on. */
import * as module from 'node:module';

(module as {enableCompileCache?: () => unknown}).enableCompileCache?.();
const {main} = await import('./program.ts');
// set, not called: output that is still on its way to a pipe must arrive
process.exitCode = await main();
