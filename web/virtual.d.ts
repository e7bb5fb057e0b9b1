/** Made by the build: the program of the page's workers as text. */
declare module 'virtual:worker' {
  const source: string;
  export default source;
}

declare module '*.css';

/** Put in by the build: the version of the package. */
declare const STOWAGE_VERSION: string;
