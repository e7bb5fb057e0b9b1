/** Made by the build: the program of the page's workers as text. */
declare module 'virtual:worker' {
  const source: string;
  export default source;
}

declare module '*.css';
