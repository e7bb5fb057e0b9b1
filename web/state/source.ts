/** A source to read: a file of the user's, or an address that the page may fetch from. */
export interface Source {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly blob?: Blob;
  readonly url?: string;
  /** Of a run that a server hands over: the address of its recordings, each below it by its number. */
  readonly recordings?: string;
}

/** As a worker reads it. */
export function addressOf({name, blob, url}: Source): {name: string; blob?: Blob; url?: string} {
  return {
    name,
    ...(blob ? {blob} : {}),
    ...(url === undefined ? {} : {url: new URL(url, document.baseURI).href}),
  };
}

/** Files that the server passes to the page; undefined without such a server: then no connection is allowed. */
export function handedOver(): readonly Source[] | undefined {
  const text = document.querySelector<HTMLMetaElement>('meta[name="stowage-files"]')?.content;
  return text === undefined ? undefined : (JSON.parse(text) as Source[]);
}
