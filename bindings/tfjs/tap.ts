/**
 * The tap on a backend's heap: `_malloc` goes to whoever runs, `_free` to whoever has the block.
 *
 * Only what TypeScript allocates can be seen, which is every tensor. What the kernels allocate within C++, such as
 * XNNPACK's packed weights and the tables of operators, calls the allocator inside the module and never comes by here;
 * it stays where it is.
 */
import type {Bytes} from '../model/problem.ts';
import type {HeapModule} from './tensorflow.ts';

/** One who allocates while it runs, and has blocks afterwards. */
export interface Tenant {
  malloc(bytes: Bytes): number;
  /** Frees the block if it has it; else it hands the address to `Tap.freeBeyond`. */
  free(address: number): void;
}

type Functions = Pick<HeapModule, '_malloc' | '_free'>;

const taps = new WeakMap<HeapModule, Tap>();

export class Tap {
  readonly #module: HeapModule;
  #tenants: Tenant[] = [];
  #running: Tenant | undefined;
  /** What stood in the module before, and what stands there now, if it does. */
  #before: Functions;
  #tapped: Functions | undefined;

  /** The tap on a module: there is one. */
  static on(module: HeapModule): Tap {
    let tap = taps.get(module);
    if (!tap) {
      tap = new Tap(module);
      taps.set(module, tap);
    }
    return tap;
  }

  private constructor(module: HeapModule) {
    // Emscripten exports stubs that put the real functions in their own place when they are first called, and would
    // so remove the tap
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

  /** Whether somebody runs. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** What `call` allocates is the tenant's. */
  run<T>(tenant: Tenant, call: () => T): T {
    this.#running = tenant;
    try {
      return call();
    } finally {
      this.#running = undefined;
    }
  }

  add(tenant: Tenant): void {
    this.#tenants.push(tenant);
    if (this.#tenants.length === 1) this.#install();
  }

  /** A tenant without any blocks leaves; the last one takes the tap along. */
  remove(tenant: Tenant): void {
    this.#tenants = this.#tenants.filter(other => other !== tenant);
    if (this.#tenants.length === 0) this.#uninstall();
  }

  /** Frees what none up to this tenant has. */
  freeBeyond(tenant: Tenant, address: number): void {
    const next = this.#tenants[this.#tenants.indexOf(tenant) + 1];
    if (next) next.free(address);
    else this.#before._free(address);
  }

  #install(): void {
    if (this.#tapped) return; // it had to stay
    const before = {_malloc: this.#module._malloc, _free: this.#module._free};
    this.#before = before;
    this.#tapped = {
      _malloc: bytes => (this.#running ? this.#running.malloc(bytes) : before._malloc(bytes)),
      _free: address => {
        const first = this.#tenants[0];
        // the backend frees tensors of strings, too, which have no address
        if (first && address) first.free(address >>> 0);
        else before._free(address);
      },
    };
    Object.assign(this.#module, this.#tapped);
  }

  /** Where somebody else has put a tap above this one it stays: without tenants it passes everything on. */
  #uninstall(): void {
    const {_malloc, _free} = this.#module;
    if (_malloc !== this.#tapped?._malloc || _free !== this.#tapped._free) return;
    Object.assign(this.#module, this.#before);
    this.#tapped = undefined;
  }
}
