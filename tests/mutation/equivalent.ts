/**
 * Mutants that change nothing that a caller could see, by file, source line and edit. They are left out of the score and
 * counted. An entry says why.
 */
export interface Equivalent {
  readonly file: string;
  /** The line before the edit, without the blanks around it. */
  readonly line: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

const STEP_PLAN = 'bindings/native/step_plan.c';
const WATCH = 'bindings/native/watch.c';

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: STEP_PLAN,
    line: 'va_end(values);',
    from: 'va_end(values);',
    to: ';',
    why: 'it does nothing on the ABIs there are',
  },
  {
    file: STEP_PLAN,
    line: 'c->size = malloc(2 * ((size_t)count + 1) * sizeof *c->size);',
    from: '1',
    to: '2',
    why: 'two more elements than are needed',
  },
  {
    file: STEP_PLAN,
    line: 'c->offset = c->size + count + 1;',
    from: '1',
    to: '2',
    why: 'the element behind the sizes is a spare one',
  },
  {
    file: WATCH,
    line: 'if (watch->plans > 1) watch->wait = 1u << (watch->plans < LONGEST_PAUSE ? watch->plans : LONGEST_PAUSE);',
    from: '<',
    to: '<=',
    why: 'equal values are chosen between',
  },
];
