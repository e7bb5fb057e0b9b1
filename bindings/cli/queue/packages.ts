/** The packages of a queue. They are optional: who uses no queue installs none. */
import {CliError, EXIT} from '../io/exit.ts';
import type {QueueUrl} from './url.ts';

export type Bullmq = typeof import('bullmq');

/** By what is needed to speak with a server. */
const DRIVERS = {postgres: 'pg', redis: 'ioredis'} as const;

/** @throws CliError that says what to install */
export async function loadBullmq(kind: QueueUrl['kind']): Promise<Bullmq> {
  const driver = DRIVERS[kind];
  try {
    // BullMQ loads its driver later, with a message of its own
    const [bullmq] = await Promise.all([
      import('bullmq'),
      driver === 'pg' ? import('pg') : import('ioredis'),
    ]);
    return bullmq;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const server = kind === 'postgres' ? 'PostgreSQL' : 'Redis';
    throw new CliError(
      `a queue on ${server} needs packages that are not installed: npm install bullmq ${driver}`,
      EXIT.usage,
    );
  }
}
