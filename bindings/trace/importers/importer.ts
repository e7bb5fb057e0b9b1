/** What every importer is, and what it gives. */
import type {ProblemColumns} from '../../problem.ts';
import type {ByteSource} from '../source.ts';
import type {Trace} from '../trace.ts';

/** The beginning of an input. */
export interface Head {
  readonly bytes: Uint8Array;
  /** The same as text, without a byte order mark; bytes that are no UTF-8 are U+FFFD. */
  readonly text: string;
}

/** A recording that was read, of which iterations can be planned. */
export interface ImportedTrace {
  readonly kind: 'trace';
  readonly format: string;
  readonly trace: Trace;
}

/** A problem that was read as it is. */
export interface ImportedProblem {
  readonly kind: 'problem';
  readonly format: string;
  readonly problem: ProblemColumns;
  readonly warnings: readonly string[];
}

export type Imported = ImportedTrace | ImportedProblem;

interface Format {
  /** Short name, e.g. `kineto`. */
  readonly format: string;
  /** For people. */
  readonly description: string;
  /** By content, never by name. */
  detect(head: Head): boolean;
}

export interface TraceImporter extends Format {
  readonly kind: 'trace';
  /** @throws {ImportError} where the input is damaged, or holds nothing to plan. */
  read(source: ByteSource): Promise<Trace>;
}

export interface ProblemImporter extends Format {
  readonly kind: 'problem';
  /** @throws {ImportError} where the input is damaged. */
  read(source: ByteSource): Promise<{readonly problem: ProblemColumns; readonly warnings: readonly string[]}>;
}

export type Importer = TraceImporter | ProblemImporter;
