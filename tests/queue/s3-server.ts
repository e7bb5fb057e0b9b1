/** A stand-in for S3: objects in memory, addressed by path. It answers as S3 does, as far as the SDK looks. */
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface S3Server {
  /** For `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** By `BUCKET/KEY`. */
  readonly objects: Map<string, Buffer>;
  /** Methods and paths, in order. */
  readonly requests: string[];
  /** Called for each request before it is served: a status that is answered in its place; undefined serves it. */
  fault: (request: IncomingMessage) => Promise<number | undefined> | number | undefined;
  close(): Promise<void>;
}

/** Keys on a page of a list. S3 has 1,000. */
const PAGE = 10;

/** @param buckets names of those that are there */
export async function startS3(...buckets: string[]): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response).catch(error => response.destroy(error as Error));
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const status = await s3.fault(request);
    if (status !== undefined) return refuse(request, response, status, CODES[status] ?? 'InternalError');
    await serve({objects, buckets}, request, response);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const s3: S3Server = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    fault: () => undefined,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return s3;
}

const CODES: Readonly<Record<number, string>> = {403: 'AccessDenied', 503: 'SlowDown'};

interface Held {
  readonly objects: Map<string, Buffer>;
  readonly buckets: readonly string[];
}

async function serve(held: Held, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url!, 'http://s3');
  const path = decodeURIComponent(url.pathname.slice(1));
  const bucket = path.split('/')[0]!;
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
    return refuse(request, response, 403, 'AccessDenied');
  }
  if (!held.buckets.includes(bucket)) return refuse(request, response, 404, 'NoSuchBucket');
  if (request.method === 'PUT') {
    // as stores that are older than these trailers
    if (request.headers['x-amz-trailer']) return refuse(request, response, 501, 'NotImplemented');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    held.objects.set(path, Buffer.concat(chunks));
    response.end();
  } else if (url.searchParams.get('list-type') === '2') {
    response.end(list(held.objects, bucket, url.searchParams));
  } else {
    const object = held.objects.get(path);
    if (!object) return refuse(request, response, 404, 'NoSuchKey');
    response.setHeader('content-length', object.length);
    response.end(request.method === 'HEAD' ? undefined : object);
  }
}

function list(objects: ReadonlyMap<string, Buffer>, bucket: string, parameters: URLSearchParams): string {
  const prefix = parameters.get('prefix') ?? '';
  const from = parameters.get('continuation-token') ?? '';
  const keys = [...objects.keys()]
    .filter(path => path.startsWith(`${bucket}/${prefix}`))
    .map(path => path.slice(bucket.length + 1))
    .filter(key => parameters.get('delimiter') !== '/' || !key.slice(prefix.length).includes('/'))
    .sort()
    .filter(key => key > from);
  const page = keys.slice(0, PAGE);
  const isTruncated = keys.length > PAGE;
  const contents = page.map(key => `<Contents><Key>${escaped(key)}</Key><Size>1</Size></Contents>`).join('');
  const next = isTruncated ? `<NextContinuationToken>${escaped(page.at(-1)!)}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents}</ListBucketResult>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume();
  response.statusCode = status;
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} here</Message></Error>`;
  response.end(request.method === 'HEAD' ? undefined : body);
}
