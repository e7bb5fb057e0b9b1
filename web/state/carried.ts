/** Parts that are not in the page's script, since few need them: the example, and the program of the worker of a run. */

export type Part = 'example' | 'run';

/** From the page itself where it carries it, else from beside it: as a script, which needs no permission to connect. */
export async function loadPart(name: Part): Promise<string> {
  return document.getElementById(name)?.textContent ?? loadScript(name);
}

function loadScript(name: Part): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL(`${name}.js`, document.baseURI).href;
    script.onload = () => {
      const text = (globalThis as {stowageParts?: Partial<Record<Part, string>>}).stowageParts?.[name];
      if (text === undefined) reject(new Error(`${name}.js is damaged`));
      else resolve(text);
    };
    script.onerror = () => reject(new Error(`${name}.js is not there: it belongs beside the page`));
    document.head.append(script);
  });
}
