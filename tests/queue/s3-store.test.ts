/** A bucket as a store, by the real SDK against a stand-in for S3. */
import assert from 'node:assert/strict';
import {after, before, beforeEach, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {storeOf} from '../../bindings/cli/batch/store-of.ts';
import {type S3Server, startS3} from './s3-server.ts';

let s3: S3Server;

before(async () => {
  s3 = await startS3('bucket');
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: s3.endpoint,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    // no file of this machine, no service of a cloud
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});
beforeEach(() => {
  s3.objects.clear();
  s3.fault = () => undefined;
  s3.requests.length = 0;
});
after(() => s3.close());

test('an object is written and read again; an absent one is none', async () => {
  const store = await storeOf('s3://bucket/runs/1/');
  await store.write('results/a.json', Buffer.from('{}\n'));
  assert.equal(String(s3.objects.get('bucket/runs/1/results/a.json')), '{}\n');
  assert.deepEqual(Buffer.from((await store.read('results/a.json'))!), Buffer.from('{}\n'));
  assert.deepEqual([await store.has('results/a.json'), await store.has('results/b.json')], [true, false]);
  assert.equal(await store.read('results/b.json'), undefined);
  assert.equal(store.address, 's3://bucket/runs/1/');
});

test('a list has all pages, in order, and only what is directly in the folder', async () => {
  const store = await storeOf('s3://bucket');
  const names = Array.from({length: 25}, (_, i) => `${String(i * 7919).padStart(6, '0')} & <${i}>.json`);
  for (const name of names) await store.write(`files/${name}`, Buffer.from('1'));
  await store.write('files/deeper/x.json', Buffer.from('1'));
  await store.write('files2/x.json', Buffer.from('1'));
  assert.deepEqual(await store.list('files'), [...names].sort());
  assert.equal(s3.requests.filter(line => line.startsWith('GET')).length, 3);
  assert.deepEqual(await store.list('shares'), []);
});

test('a store that is short of breath is asked again', async () => {
  const store = await storeOf('s3://bucket/p');
  let refusals = 2;
  s3.fault = () => (refusals-- > 0 ? 503 : undefined);
  await store.write('a.json', Buffer.from('1'));
  assert.equal(String(s3.objects.get('bucket/p/a.json')), '1');
});

test('a slow answer is waited for', async () => {
  const store = await storeOf('s3://bucket/p');
  s3.fault = async () => {
    await setTimeout(300);
    return undefined;
  };
  assert.equal(await store.has('a.json'), false);
});

test('errors name the object and the reason', async () => {
  const store = await storeOf('s3://bucket/p');
  s3.fault = () => 403;
  const denied = {message: /^s3:\/\/bucket\/p\/a\.json: access denied/, exitCode: 3};
  await assert.rejects(store.read('a.json'), denied);
  await assert.rejects(store.has('a.json'), denied);
  await assert.rejects(store.write('a.json', Buffer.from('1')), denied);
  await assert.rejects(store.list('files'), {
    message: /^s3:\/\/bucket\/p\/files: access denied/,
    exitCode: 3,
  });
  s3.fault = () => 500;
  await assert.rejects(store.write('a.json', Buffer.from('1')), {
    message: 's3://bucket/p/a.json: InternalError here (HTTP 500)',
    exitCode: 3,
  });
  s3.fault = () => undefined;
  const absent = await storeOf('s3://no-such-bucket/p');
  const none = {message: 's3://no-such-bucket/p/a.json: there is no bucket of this name', exitCode: 3};
  await assert.rejects(absent.write('a.json', Buffer.from('1')), none);
  await assert.rejects(absent.read('a.json'), none);
  await assert.rejects(storeOf('s3://'), {message: 's3://: expected s3://BUCKET or s3://BUCKET/PREFIX'});
});

test('a store that is not there is an error with its address', async () => {
  const {AWS_ENDPOINT_URL} = process.env;
  process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
  try {
    const store = await storeOf('s3://bucket/p');
    await assert.rejects(store.read('a.json'), {
      message: 's3://bucket/p/a.json: no store answers at this address (connection refused)',
    });
  } finally {
    process.env.AWS_ENDPOINT_URL = AWS_ENDPOINT_URL;
  }
});
