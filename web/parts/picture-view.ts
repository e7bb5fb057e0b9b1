/** A picture as it is shown now, for all that reads and changes it: pointer, keys, buttons, sketches. */
import type {Face} from '../canvas/face.ts';
import type {Probed} from '../canvas/probe.ts';
import type {Theme} from '../canvas/theme.ts';
import type {Range, Window} from '../canvas/window.ts';
import type {BoardHandler} from '../worker/handlers/board.ts';
import type {Connection, ProxyMarked} from '../worker/link.ts';
import type {PlaceWords} from './place-words.ts';

/** Whoever holds pictures: an open file, or a run. */
export interface PictureSource {
  readonly ask: Connection<{readonly pictures: BoardHandler & ProxyMarked}>['ask'];
  /** A picture of it has been painted. */
  seen(): void;
}

/** The blocks of a call in a picture of blocks. */
export interface Outline {
  /** Another text is another outline. */
  readonly of: string;
  /** Corners: x0, x1, y0, y1 of each box. */
  in(pictureKey: string): Promise<Float64Array>;
}

export interface PictureBoxProps {
  readonly file: PictureSource;
  readonly pictureKey: string;
  readonly face: Face;
  readonly version: number;
  readonly theme: Theme;
  /** Shown on an axis, where that is decided outside; all of it where undefined. */
  readonly x?: Range | undefined;
  readonly onX?: (x: Range | undefined) => void;
  readonly y?: Range | undefined;
  readonly onY?: (y: Range | undefined) => void;
  readonly moment?: number | undefined;
  readonly item?: number | undefined;
  /** What is outlined while no item is chosen. */
  readonly outline?: Outline | undefined;
  readonly onPick?: (found: Probed | undefined, x: number) => void;
  /** What is said of places and stretches of the x axis; by its unit where absent. */
  readonly words?: PlaceWords | undefined;
  /** Pixels; fills its pane where absent. */
  readonly height?: number | undefined;
  readonly isFirst?: boolean;
  /** Whether a strip above it shows all of it. */
  readonly hasOverview?: boolean;
  /** Whether another picture beside it has the same colours. */
  readonly hasNoLegend?: boolean;
}

export interface Shown {
  readonly props: PictureBoxProps;
  readonly window: Window;
  /** Corners of the selection. */
  readonly boxes: Float64Array;
  /** Shows another part; an axis that is absent stays. @param isStep whether going back undoes this alone. */
  show(change: Partial<Window>, isStep?: boolean): void;
  /** The window before. @returns whether there was one. */
  back(): boolean;
}
