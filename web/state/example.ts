/** The built-in example, which is loaded on demand. */
import type {Source} from './source.ts';

const NAME = 'out-of-memory.pickle.gz';

/** From the page itself where it carries it, else from beside it: as a script, which needs no permission to connect. */
export async function loadExample(): Promise<Source> {
  const carried = document.getElementById('example')?.textContent;
  const base64 = carried ?? (await scriptExample());
  const bytes = Uint8Array.from(atob(base64), one => one.charCodeAt(0));
  return {name: NAME, size: bytes.length, blob: new Blob([bytes])};
}

function scriptExample(): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL('example.js', document.baseURI).href;
    script.onload = () => {
      const {stowageExample} = globalThis as {stowageExample?: string};
      if (stowageExample === undefined) reject(new Error('the example is damaged'));
      else resolve(stowageExample);
    };
    script.onerror = () => reject(new Error('the example is not there: example.js belongs beside the page'));
    document.head.append(script);
  });
}
