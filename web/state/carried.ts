/** Parts that are not in the page's script, since the first picture needs none of them: the example, and the programs of the workers
 * that plan, that hold a run, that read its recordings and that read models.
 */

export type Part = 'example' | 'planning' | 'run' | 'rank' | 'models';

const loading = new Map<Part, Promise<string>>();

/** From the page itself where it carries it, else from beside it: as a script, which needs no permission to connect. */
export async function loadPart(name: Part): Promise<string> {
  const carried = document.getElementById(name)?.textContent;
  if (carried) return carried;
  const known = loading.get(name) ?? loadScript(name);
  loading.set(name, known);
  // what failed may be there at the next try
  known.catch(() => loading.delete(name));
  return known;
}

function loadScript(name: Part): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL(`${name}.js`, document.baseURI).href;
    script.onload = () => {
      script.remove();
      const text = (globalThis as {stowageParts?: Partial<Record<Part, string>>}).stowageParts?.[name];
      if (text === undefined) reject(new Error(`${name}.js is damaged`));
      else resolve(text);
    };
    script.onerror = () => {
      script.remove();
      reject(new Error(`${name}.js is not there: it belongs beside the page`));
    };
    document.head.append(script);
  });
}
