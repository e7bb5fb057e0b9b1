/** The options of `stowage plan`, parsed. */
import type {PlanningOptions} from '../planning/planning.ts';
import type {ChangesOptions} from './changes.ts';
import type {FitCommandOptions} from './fit.ts';
import type {FormOption} from './form.ts';
import type {SeatOptions} from './seats.ts';
import type {StayOptions} from './stay.ts';

/** Options of the command, parsed. */
export interface PlanCommandOptions
  extends PlanningOptions,
    SeatOptions,
    FormOption,
    FitCommandOptions,
    StayOptions,
    ChangesOptions {
  /** Number of buffers whose changes are tried; true for the default number. */
  readonly explain?: number | true;
  readonly advise?: boolean;
  readonly reorder?: boolean;
  readonly json?: boolean;
  /** False with `--no-offsets`. */
  readonly offsets: boolean;
  readonly output?: string;
}
