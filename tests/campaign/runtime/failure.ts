/** What a judge throws. */
import type {Verdict} from '../campaign.ts';

export class Failure extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The verdict of a judge that throws a `Failure`. */
export async function verdictOf(judge: () => Promise<NonNullable<Verdict['counts']>>): Promise<Verdict> {
  try {
    return {counts: await judge()};
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return {fault: {kind: error.kind, message: error.message}};
  }
}
