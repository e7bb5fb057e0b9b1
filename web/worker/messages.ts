/** What the page asks of the worker of a file, and what it is told. */
import type {Imported} from '../../bindings/trace.ts';
import type {Face} from '../canvas/board.ts';
import type {Theme} from '../canvas/theme.ts';
import type {Colouring} from '../views/colouring.ts';

export interface OpenRequest {
  readonly name: string;
  /** What to read: a file of the user's, or an address that the page may fetch from. */
  readonly blob?: Blob;
  readonly url?: string;
}

/** What a file turned out to be. */
export interface Opened {
  readonly format: string;
  readonly kind: Imported['kind'];
  /** Names; of a trace. */
  readonly devices: readonly string[];
  readonly device: number;
  readonly isCuda: boolean;
  readonly hasOperations: boolean;
  readonly seconds: number;
  readonly warnings: readonly string[];
}

/** What is known of a device, or of a problem. */
export interface SubjectInfo {
  readonly items: number;
  readonly moments: number;
  /** Bytes, of items alone; and where. */
  readonly peak: number;
  readonly peakMoment: number;
  readonly persistent: number;
  readonly reserved: {readonly most: number; readonly end: number} | undefined;
  readonly iterations: readonly {readonly number: number; readonly isWhole: boolean}[];
  readonly iterationSource: string;
  readonly hasSegments: boolean;
  readonly failedRequests: number;
}

export interface MemoryRequest {
  readonly colouring: Colouring;
  readonly capacity: number | undefined;
}

export type ExportKind = 'svg' | 'png' | 'table' | 'items' | 'plan-csv' | 'plan-json' | 'report';

export interface ExportRequest {
  readonly kind: ExportKind;
  readonly key: string;
  readonly capacity: number | undefined;
  readonly theme: Theme;
}

export interface BehaviourFaces {
  readonly lines: readonly string[];
  readonly pictures: readonly {readonly key: string; readonly face: Face}[];
}
