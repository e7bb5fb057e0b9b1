import {fileURLToPath} from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

export default {
  mode: 'production',
  context: folder,
  entry: './main.js',
  output: {path: `${folder}built`, filename: 'main.js'},
  performance: {hints: false},
};
