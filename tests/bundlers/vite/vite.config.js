export default {
  base: './',
  logLevel: 'error',
  build: {outDir: 'built', target: 'es2022', modulePreload: false},
  worker: {format: 'es'},
};
