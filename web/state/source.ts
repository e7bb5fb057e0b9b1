/** A source to read: a file of the user's, or an address that the page may fetch from. */
import type {DimensionSizes, OpenRequest} from '../worker/handlers/open.ts';

export interface Source {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly blob?: Blob;
  readonly url?: string;
  /** Of a model: the sizes of its dimensions, or ranges of those that stay open. */
  readonly dims?: DimensionSizes;
  /** Of a run that a server hands over: the address of its recordings, each below it by its number. */
  readonly recordings?: string;
  /** Whether a folder was chosen that it is in. */
  readonly isOfFolder?: boolean;
  /** Of a recording that a run has: the run, and the file's name there. */
  readonly rank?: {readonly run: object; readonly file: string};
}

/** As a worker reads it. */
export function addressOf({name, blob, url, dims}: Source): OpenRequest {
  return {
    name,
    ...(blob ? {blob} : {}),
    ...(dims ? {dims} : {}),
    ...(url === undefined ? {} : {url: new URL(url, document.baseURI).href}),
  };
}

/** Files that the server passes to the page; undefined without such a server: then no connection is allowed. */
export function handedOver(): readonly Source[] | undefined {
  const text = document.querySelector<HTMLMetaElement>('meta[name="stowage-files"]')?.content;
  return text === undefined ? undefined : (JSON.parse(text) as Source[]);
}
