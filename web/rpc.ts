/** Calls to a worker and their answers: one message each way, and progress in between. */

/** What went wrong in a worker; errors lose their class between threads. */
export interface Failure {
  /** Of the error's class, e.g. `ImportError`. */
  readonly name: string;
  readonly message: string;
  /** Where in the input, as far as it is known. */
  readonly format?: string;
  readonly line?: number;
  readonly byte?: number;
  readonly event?: number;
}

/** A failure as it is thrown on this side. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What a method is given besides its argument. */
export interface CallContext {
  /** Tells the caller how far it is. */
  readonly tell: (progress: unknown) => void;
}

/** Methods by name: one argument each, that can be cloned. */
export type Methods<Api> = {
  // biome-ignore lint/suspicious/noExplicitAny: each method has an argument and a result of its own
  readonly [name in keyof Api]: (argument: any, context: CallContext) => unknown;
};

interface Call {
  readonly call: number;
  readonly method: string;
  readonly argument: unknown;
}

type Answer =
  | {readonly call: number; readonly progress: unknown}
  | {readonly call: number; readonly result: unknown}
  | {readonly call: number; readonly failure: Failure};

/** The end of a connection: of a worker, of the scope inside one, of a message port. */
interface Endpoint {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

const moved = new WeakMap<object, Transferable[]>();

/** Marks what a result gives away for good instead of copying it. */
export function giving<Result extends object>(result: Result, transfer: Transferable[]): Result {
  moved.set(result, transfer);
  return result;
}

/** Answers calls. */
export function answer<Api extends Methods<Api>>(endpoint: Endpoint, api: Api): void {
  endpoint.onmessage = ({data}) => void run(endpoint, api, data as Call);
}

async function run<Api extends Methods<Api>>(
  endpoint: Endpoint,
  api: Api,
  {call, method, argument}: Call,
): Promise<void> {
  const post = (message: Answer, transfer: Transferable[] = []) => endpoint.postMessage(message, transfer);
  try {
    const context: CallContext = {
      tell: progress => post({call, progress}, transferOf(progress)),
    };
    const result = await api[method as keyof Api](argument, context);
    post({call, result}, transferOf(result));
  } catch (error) {
    post({call, failure: failureOf(error)});
  }
}

function transferOf(value: unknown): Transferable[] {
  return typeof value === 'object' && value !== null ? (moved.get(value) ?? []) : [];
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return {name: 'Error', message: String(error)};
  const {format, line, byte, event} = error as Partial<Failure>;
  return {
    name: error.name,
    message: error.message,
    ...(format === undefined ? {} : {format}),
    ...(line === undefined ? {} : {line}),
    ...(byte === undefined ? {} : {byte}),
    ...(event === undefined ? {} : {event}),
  };
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
  readonly onProgress: ((progress: never) => void) | undefined;
}

/** The caller's side of a connection. */
export class Remote<Api extends Methods<Api>> {
  readonly #endpoint: Endpoint;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    endpoint.onmessage = ({data}) => this.#hear(data as Answer);
  }

  /** @throws RemoteError */
  call<Name extends keyof Api & string>(
    method: Name,
    argument: Parameters<Api[Name]>[0],
    onProgress?: (progress: never) => void,
    transfer: Transferable[] = [],
  ): Promise<Awaited<ReturnType<Api[Name]>>> {
    const call = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, {resolve: resolve as (result: unknown) => void, reject, onProgress});
      this.#endpoint.postMessage({call, method, argument} satisfies Call, transfer);
    });
  }

  /** Fails whatever still waits: the worker has died or was stopped. */
  fail(failure: Failure): void {
    for (const {reject} of this.#waiting.values()) reject(new RemoteError(failure));
    this.#waiting.clear();
  }

  #hear(answer: Answer): void {
    const waiting = this.#waiting.get(answer.call);
    if (!waiting) return;
    if ('progress' in answer) {
      waiting.onProgress?.(answer.progress as never);
      return;
    }
    this.#waiting.delete(answer.call);
    if ('result' in answer) waiting.resolve(answer.result);
    else waiting.reject(new RemoteError(answer.failure));
  }
}
