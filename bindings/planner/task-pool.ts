/** What executes the tasks of one solve: threads, or threads and seats elsewhere. */
import type {Task, TaskResult} from './executor.ts';

export interface TaskPool {
  /** Whether all threads run and hold the problem. */
  readonly isReady: boolean;
  /** Milliseconds that the solve has waited for threads to start. */
  readonly startMs: number;
  /** Asks for what executes tasks; resolves when the host has been asked. */
  begin(): Promise<void>;
  /**
   * Executes the tasks side by side, those of one subsolver always in the same place; results in their order. `earlier`: tasks
   * that were executed by others, and whose state these tasks continue.
   * @throws the error of a task; HostError where the host starts no threads, or a result from elsewhere is refused.
   */
  run(tasks: readonly Task[], earlier: readonly Task[]): Promise<readonly TaskResult[]>;
  /** Gives everything back; what is in the middle of a task ends, or its result is dropped. */
  release(): void;
}

/** A pool in which places need not wait for each other. */
export interface OpportunisticPool extends TaskPool {
  /**
   * As `run`, but resolves with whatever results have come, of these tasks or of earlier ones, each with the `number` of its
   * subsolver. At least one task must be under way.
   */
  runAny(tasks: readonly Task[], earlier: readonly Task[]): Promise<readonly TaskResult[]>;
}
