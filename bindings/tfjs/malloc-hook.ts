/**
 * The malloc hook of a backend's heap: `_malloc` goes to the client that runs, `_free` to the one that holds the block.
 *
 * The hook sees only allocations of TypeScript: all tensors. Kernels allocate within C++, such as XNNPACK's packed
 * weights and the tables of operators, by the allocator inside the module; the hook does not see these, and they do
 * not move.
 */
import type {Bytes} from '../model/problem.ts';
import type {HeapModule} from './tensorflow.ts';

/** Allocates while it runs, and holds blocks afterwards. */
export interface HeapClient {
  malloc(bytes: Bytes): number;
  /** Frees the block if it has it; else it hands the address to `MallocHook.freeBeyond`. */
  free(address: number): void;
}

type Functions = Pick<HeapModule, '_malloc' | '_free'>;

const hooks = new WeakMap<HeapModule, MallocHook>();

export class MallocHook {
  readonly #module: HeapModule;
  #clients: HeapClient[] = [];
  #running: HeapClient | undefined;
  /** The module's functions before the hook, and the installed ones, if any. */
  #before: Functions;
  #installed: Functions | undefined;

  /** The hook on a module: there is one. */
  static on(module: HeapModule): MallocHook {
    let hook = hooks.get(module);
    if (!hook) {
      hook = new MallocHook(module);
      hooks.set(module, hook);
    }
    return hook;
  }

  private constructor(module: HeapModule) {
    // Emscripten exports stubs that put the real functions in their own place when they are first called, and would
    // so remove the hook
    module._free(module._malloc(8));
    this.#module = module;
    this.#before = {_malloc: module._malloc, _free: module._free};
  }

  /** Bytes of the backend's own allocator; 0 where there is no memory. */
  malloc(bytes: Bytes): number {
    return this.#before._malloc(bytes) >>> 0;
  }

  /** The backend's memory as it is now; it grows. */
  get bytes(): Uint8Array {
    return this.#module.HEAPU8;
  }

  /** Whether a client runs. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** What `call` allocates is the client's. */
  run<T>(client: HeapClient, call: () => T): T {
    this.#running = client;
    try {
      return call();
    } finally {
      this.#running = undefined;
    }
  }

  add(client: HeapClient): void {
    this.#clients.push(client);
    if (this.#clients.length === 1) this.#install();
  }

  /** A client without any blocks leaves; the last one takes the hook along. */
  remove(client: HeapClient): void {
    this.#clients = this.#clients.filter(other => other !== client);
    if (this.#clients.length === 0) this.#uninstall();
  }

  /** Frees a block that no client up to this one has. */
  freeBeyond(client: HeapClient, address: number): void {
    const next = this.#clients[this.#clients.indexOf(client) + 1];
    if (next) next.free(address);
    else this.#before._free(address);
  }

  #install(): void {
    if (this.#installed) return; // it had to stay
    const before = {_malloc: this.#module._malloc, _free: this.#module._free};
    this.#before = before;
    this.#installed = {
      _malloc: bytes => (this.#running ? this.#running.malloc(bytes) : before._malloc(bytes)),
      _free: address => {
        const first = this.#clients[0];
        // the backend frees tensors of strings, too, which have no address
        if (first && address) first.free(address >>> 0);
        else before._free(address);
      },
    };
    Object.assign(this.#module, this.#installed);
  }

  /** Where another hook was put above this one, it stays and passes everything on. */
  #uninstall(): void {
    const {_malloc, _free} = this.#module;
    if (_malloc !== this.#installed?._malloc || _free !== this.#installed._free) return;
    Object.assign(this.#module, this.#before);
    this.#installed = undefined;
  }
}
