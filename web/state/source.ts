/** What there is to read, however it came: a file of the user's, or an address that the page may fetch from. */
export interface Source {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly blob?: Blob;
  readonly url?: string;
}

/** Files that whoever serves the page hands over; undefined where nobody does, and no connection is allowed. */
export function handedOver(): readonly Source[] | undefined {
  const text = document.querySelector<HTMLMetaElement>('meta[name="stowage-files"]')?.content;
  return text === undefined ? undefined : (JSON.parse(text) as Source[]);
}
