/** What there is to read, however it came: a file of the user's, or an address that the page may fetch from. */
export interface Source {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly blob?: Blob;
  readonly url?: string;
}
