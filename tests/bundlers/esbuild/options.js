/** esbuild does not follow `new Worker(new URL(…))`: the workers of both entries are entries of their own. */
export default {
  entryPoints: {
    main: 'main.js',
    worker: 'node_modules/stowage/dist/planner/worker.js',
    'js/worker': 'node_modules/stowage/dist/js/worker.js',
  },
  bundle: true,
  format: 'esm',
  outdir: 'built',
  logLevel: 'error',
};
