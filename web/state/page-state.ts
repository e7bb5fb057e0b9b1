/** The state of the page: what is open, what is shown, and how. */
import type {Failure} from '../../bindings/model/errors.ts';
import type {Theme} from '../canvas/theme.ts';
import type {Colouring} from '../views/colouring.ts';
import type {FileModel} from './file.ts';
import type {Wanted} from './hash.ts';
import type {PaneSizes} from './panes.ts';
import type {RunModel} from './run.ts';
import type {Source} from './source.ts';
import type {View} from './view-names.ts';

/** A file that could not be read, or that is being read. */
export interface Opening {
  readonly id: number;
  readonly source: Source;
  readonly name: string;
  /** Bytes, in all and read so far; 0 where unknown. */
  readonly size: number;
  readonly read: number;
  readonly failure: Failure | undefined;
}

export interface PageState {
  readonly openings: readonly Opening[];
  /** The run that files may be recordings of. */
  readonly run: RunModel | undefined;
  /** Whether it is shown in place of the current file. */
  readonly isRunShown: boolean;
  readonly files: readonly FileModel[];
  /** Index into `files`. */
  readonly current: number;
  /** The second file of a comparison. */
  readonly other: number;
  readonly view: View;
  readonly theme: Theme;
  readonly colouring: Colouring;
  readonly panes: PaneSizes;
  readonly isHelpShown: boolean;
  /** The last action, for screen readers. */
  readonly announcement: string;
}

/** @param preferred the theme, where the address names none. */
export function firstState(wanted: Wanted, preferred: Theme): PageState {
  return {
    openings: [],
    run: undefined,
    isRunShown: false,
    files: [],
    current: 0,
    other: 1,
    view: wanted.view ?? 'memory',
    theme: wanted.theme ?? preferred,
    colouring: wanted.colouring ?? 'operation',
    panes: wanted.panes ?? {},
    isHelpShown: false,
    announcement: '',
  };
}
