/** A campaign: an endless supply of cases, each judged by code that shares nothing with the product. */
import type {Random} from '../random.ts';
import type {Requirement} from '../requirements.ts';

/** What is wrong with a case. */
export interface Fault {
  /** One word or two for the kind, the same for every case with the cause: a smaller case must have the same. */
  readonly kind: string;
  readonly message: string;
}

/** What the judge found out. */
export interface Verdict {
  readonly fault?: Fault;
  /** Counts to add up over all cases, by name: `proven`, `refused`, … */
  readonly counts?: Readonly<Record<string, number>>;
  /** Present where the case, or a part of it, was not judged for want of it. */
  readonly lacks?: Requirement;
}

/** `Case` is JSON: bytes are base64 in it. */
export interface Campaign<Case> {
  /** What some cases need and this machine lacks: the others are judged. */
  readonly missing?: readonly Requirement[];
  /** The longest a case may take, seconds; 60 if absent. A longer one ends the process, with its number. */
  readonly limitSeconds?: number;
  /** Draws the case `number`, from 0; the same for the same random numbers. */
  draw(random: Random, number: number): Case;
  judge(drawn: Case): Verdict | Promise<Verdict>;
  /** Smaller cases that may have the same fault, the most promising first; none if absent. */
  smaller?(drawn: Case): Iterable<Case>;
  /** Ends what the campaign has started: servers, browsers, workers. */
  close?(): void | Promise<void>;
}

type Opened<Case> = Campaign<Case> | undefined | Promise<Campaign<Case> | undefined>;

/** A campaign with its name; what it needs is started by `open`. */
export interface CampaignEntry {
  readonly name: string;
  /** One line for the help text. */
  readonly about: string;
  /** Cases that `npm test` runs: some seconds' worth. */
  readonly short: number;
  /** What it needs that not every machine has. */
  readonly needs?: Requirement;
  /** Undefined where this machine lacks `needs`. */
  open(): Opened<unknown>;
}

/** Keeps the type of the cases within the campaign. */
export function entry<Case>(campaign: Omit<CampaignEntry, 'open'> & {open(): Opened<Case>}): CampaignEntry {
  return campaign as CampaignEntry;
}
