/** Where the results of a batch are kept. */

/** Files by names with `/`, in folders one level deep. */
export interface Store {
  /** As the user named it. */
  readonly address: string;
  /** To be called once by who writes. @throws CliError where nothing can be written */
  prepare(): Promise<void>;
  /** Undefined where there is none. @throws CliError with the address and the name */
  read(name: string): Promise<Uint8Array | undefined>;
  has(name: string): Promise<boolean>;
  /** Whole or not at all; replaces what is there. @throws as `read` */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Names of the files directly in a folder, sorted, without it; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
}
