import {fileURLToPath} from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

export default {
  mode: 'production',
  context: folder,
  entry: './main.js',
  output: {path: `${folder}built`, filename: 'main.js'},
  // the core in JavaScript is short already, and making it shorter takes a minute
  optimization: {minimize: false},
  performance: {hints: false},
};
