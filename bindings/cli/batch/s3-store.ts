/** A bucket, or a part of it, that holds the results of a batch: on S3 or on a store that speaks its protocol. */
import type {S3Client} from '@aws-sdk/client-s3';
import {CliError, EXIT} from '../io/exit.ts';
import type {Store} from './store.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** A store that does not answer must not keep a job for ever; the SDK tries three times. */
const CONNECT_MS = 10_000;
const ANSWER_MS = 60_000;

/** Of stores that have none. */
const ANY_REGION = 'us-east-1';

/** @param address `s3://BUCKET` or `s3://BUCKET/PREFIX` */
export async function openS3Store(address: string): Promise<Store> {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(address) ?? [];
  if (bucket === undefined) {
    throw new CliError(`${address}: expected s3://BUCKET or s3://BUCKET/PREFIX`, EXIT.usage);
  }
  const sdk = await loadSdk();
  const folder = prefix
    .split('/')
    .filter(part => part !== '')
    .join('/');
  return new S3Store(sdk, clientOf(sdk), {address, bucket, prefix: folder === '' ? '' : `${folder}/`});
}

/** Region, credentials and endpoint come from the environment and the files that all tools of AWS read. */
function clientOf({S3Client: Client}: Sdk): S3Client {
  const {AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL} = process.env;
  const hasEndpoint = Boolean(AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL);
  const hasRegion = Boolean(process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION);
  return new Client({
    // other stores have no host name per bucket, and refuse checksums in trailers
    forcePathStyle: hasEndpoint,
    ...(hasEndpoint && !hasRegion ? {region: ANY_REGION} : {}),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true},
  });
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(
      'a bucket needs a package that is not installed: npm install @aws-sdk/client-s3',
      EXIT.usage,
    );
  }
}

interface Place {
  readonly address: string;
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
}

class S3Store implements Store {
  readonly address: string;
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #place: Place;

  constructor(sdk: Sdk, client: S3Client, place: Place) {
    this.address = place.address;
    this.#sdk = sdk;
    this.#client = client;
    this.#place = place;
  }

  /** The first write shows whether the bucket takes one. */
  async prepare(): Promise<void> {}

  async read(name: string): Promise<Uint8Array | undefined> {
    const command = new this.#sdk.GetObjectCommand(this.#object(name));
    return this.#unlessAbsent(name, async () => {
      const {Body} = await this.#client.send(command);
      return Body?.transformToByteArray();
    });
  }

  async has(name: string): Promise<boolean> {
    const command = new this.#sdk.HeadObjectCommand(this.#object(name));
    const found = await this.#unlessAbsent(name, () => this.#client.send(command));
    return found !== undefined;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const command = new this.#sdk.PutObjectCommand({...this.#object(name), Body: bytes});
    try {
      await this.#client.send(command);
    } catch (error) {
      throw this.#errorOf(name, error);
    }
  }

  async list(folder: string): Promise<string[]> {
    const {bucket, prefix} = this.#place;
    const within = `${prefix}${folder}/`;
    const names: string[] = [];
    const pages = this.#sdk.paginateListObjectsV2(
      {client: this.#client},
      {Bucket: bucket, Prefix: within, Delimiter: '/'},
    );
    try {
      for await (const {Contents = []} of pages) {
        for (const {Key = ''} of Contents) if (Key !== within) names.push(Key.slice(within.length));
      }
    } catch (error) {
      throw this.#errorOf(folder, error);
    }
    return names.sort();
  }

  #object(name: string): {Bucket: string; Key: string} {
    return {Bucket: this.#place.bucket, Key: `${this.#place.prefix}${name}`};
  }

  async #unlessAbsent<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      // without a body, as of HEAD, an absent object and an absent bucket look the same; a write names the bucket
      if (statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket') return undefined;
      throw this.#errorOf(name, error);
    }
  }

  #errorOf(name: string, error: unknown): CliError {
    const {bucket, prefix} = this.#place;
    return new CliError(`s3://${bucket}/${prefix}${name}: ${reasonOf(error)}`, EXIT.unreadable);
  }
}

/** Of HTTP; undefined where no answer came. */
function statusOf(error: unknown): number | undefined {
  return (error as {$metadata?: {httpStatusCode?: number}}).$metadata?.httpStatusCode;
}

const REASONS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no bucket of this name',
  TimeoutError: 'the store does not answer in time',
  CredentialsProviderError: 'no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  ECONNREFUSED: 'no store answers at this address (connection refused)',
  ENOTFOUND: 'there is no host of this name',
};

function reasonOf(error: unknown): string {
  const {name, message, code} = error as NodeJS.ErrnoException;
  const known = REASONS[name] ?? REASONS[code ?? ''];
  if (known !== undefined) return known;
  if (message === 'Region is missing') return 'no region: set AWS_REGION';
  const status = statusOf(error);
  if (status === 403) return `access denied (${name}): the credentials may not do this`;
  return `${message || name}${status === undefined ? '' : ` (HTTP ${status})`}`;
}
