/** The address of a queue, as a user gives it, and as a message shows it. */
import {CliError, EXIT} from '../io/exit.ts';

export interface QueueUrl {
  readonly kind: 'postgres' | 'redis';
  /** With the password. */
  readonly url: string;
  /** Without user, password and parameters, for messages. */
  readonly address: string;
  /** A text without the password. */
  hide(text: string): string;
}

const KINDS: Readonly<Record<string, QueueUrl['kind']>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'redis:': 'redis',
  'rediss:': 'redis',
};

const SHAPES = 'postgres://USER@HOST/DATABASE or redis://HOST';

/** Keeps a process list free of passwords: they are readable there by everybody on the machine. */
export const QUEUE_VARIABLE = 'STOWAGE_QUEUE';

/**
 * @param given by `--queue`; `env` or an absent one is the variable STOWAGE_QUEUE
 * @throws CliError where there is none, or where it is no address of a queue
 */
export function queueUrl(given: string | undefined): QueueUrl {
  const isNamed = given !== undefined && given !== 'env';
  const text = isNamed ? given : process.env[QUEUE_VARIABLE];
  const place = isNamed ? '--queue' : QUEUE_VARIABLE;
  if (text === undefined || text === '') {
    throw new CliError(`no queue is given: set ${QUEUE_VARIABLE}, or --queue, to ${SHAPES}`, EXIT.usage);
  }
  return parseQueueUrl(text, place);
}

/** @throws CliError that does not repeat the text: it may hold a password */
export function parseQueueUrl(text: string, place: string): QueueUrl {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const kind = parsed && KINDS[parsed.protocol];
  if (!(parsed && kind)) throw new CliError(`${place}: expected ${SHAPES}`, EXIT.usage);
  const secrets = secretsOf(parsed);
  return {
    kind,
    url: text,
    address: `${parsed.protocol}//${parsed.host}${parsed.pathname}`,
    hide: message => secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), message),
  };
}

function secretsOf({password, searchParams}: URL): string[] {
  const given = [password, decoded(password), searchParams.get('password') ?? ''];
  return [...new Set(given)].filter(secret => secret !== '').sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
