/** What everything that draws agrees upon. */
export type Theme = 'light' | 'dark';
export type Context = OffscreenCanvasRenderingContext2D;
