/** A source to read: a file of the user's, or an address that the page may fetch from. */
export interface Source {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly blob?: Blob;
  readonly url?: string;
}

/** Files that the server passes to the page; undefined without such a server: then no connection is allowed. */
export function handedOver(): readonly Source[] | undefined {
  const text = document.querySelector<HTMLMetaElement>('meta[name="stowage-files"]')?.content;
  return text === undefined ? undefined : (JSON.parse(text) as Source[]);
}
