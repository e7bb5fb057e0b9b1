/** Runs the networks in a page, against the built package, and prints what became of them as one JSON line. */
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {loadPlanner} from '../../dist/index.js';
import {memoize} from '../../dist/tfjs.js';
import {report} from './report.ts';

wasm.setWasmPaths('/tfjs/');
await tf.setBackend('wasm');
const reports = await report({tf, tfl}, await loadPlanner(), memoize);
const isThreaded = tf.env().getFlags().WASM_HAS_MULTITHREAD_SUPPORT;
console.log(JSON.stringify({isThreaded, threads: wasm.getThreadsCount(), reports}));
