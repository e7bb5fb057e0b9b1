/** `stowage.changes/1`: a list of changes of a problem, in the user's terms. docs/changes.md defines each. */
import type {Category} from '../../model/buffer-facts.ts';
import type {Bytes} from '../../model/numbers.ts';

export const CHANGES_SCHEMA = 'stowage.changes/1';

/** `1/2`, `0.5` or `3`: read as an exact fraction. */
export type Factor = string;

/** Buffers; all that is given must hold. */
export interface BufferSelection {
  readonly category?: readonly Category[];
  /** Each word is in the name, the operation, the module or a source frame; capitals do not count. */
  readonly words?: string;
  readonly operation?: string;
  readonly module?: string;
  /** A function of the program: `file function`, or one line of it, `file:line function`. All that it calls is of it. */
  readonly frame?: string;
  /** Element type, e.g. `float32`. */
  readonly type?: string;
  /** The name of a buffer or of a recording's block. */
  readonly buffer?: string;
  /** Bytes of the buffer. */
  readonly atLeast?: Bytes;
  readonly atMost?: Bytes;
}

/** `batch`: activations, inputs, and temporaries of the forward and the backward. */
export type Selection = 'batch' | BufferSelection;

interface Listed {
  readonly of: Selection;
  /** Whether it is only listed, and changes nothing. */
  readonly off?: boolean;
}

/** Sizes times a factor. */
export interface ScaleChange extends Listed {
  readonly kind: 'scale';
  readonly factor: Factor;
}

/** Elements of another width; half of it where no factor is given. */
export interface DtypeChange extends Listed {
  readonly kind: 'dtype';
  readonly factor?: Factor;
}

/** Activations end with the forward of their calls and are computed again for the backward. */
export interface CheckpointChange extends Listed {
  readonly kind: 'checkpoint';
}

/** Buffers live in another memory. */
export interface OffloadChange extends Listed {
  readonly kind: 'offload';
  /** Bytes that stay for the transfer, through the whole time. */
  readonly stays?: Bytes;
}

/** A single edit: half the size rounded down, no size, or an end at a moment of the recording (a tick of a problem). */
export interface EditChange extends Listed {
  readonly kind: 'half' | 'gone' | 'ends-earlier';
  readonly at?: number;
}

export type ListedChange = ScaleChange | DtypeChange | CheckpointChange | OffloadChange | EditChange;
export type ListedChangeKind = ListedChange['kind'];

/** How to plan; what a command line or a page states otherwise comes first. */
export interface ChangeOptions {
  /** Bytes, a power of two. */
  readonly alignment?: Bytes;
  /** Values of a model's dimensions. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Ticks that bytes wait before they are used again. */
  readonly hold?: number;
}

export interface ChangeList {
  readonly name?: string;
  readonly options?: ChangeOptions;
  /** In the order in which they are made. */
  readonly changes: readonly ListedChange[];
}
