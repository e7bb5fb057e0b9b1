/** A value that components follow. */
import {useEffect, useState} from 'preact/hooks';

/** Holds one immutable state, and calls its listeners after every change. */
export class Store<State extends object> {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  /** Some fields anew, the others as they are. */
  set(change: Partial<State>): void {
    this.#state = {...this.#state, ...change};
    for (const listener of [...this.#listeners]) listener();
  }

  /** @returns a function that ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Renders the component again whenever the state changes. */
export function useStore<State extends object>(store: Store<State>): State {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);
    return store.listen(() => setState(store.state));
  }, [store]);
  return state;
}
