/** Types that all drawing code shares. */
export type Theme = 'light' | 'dark';
export type Context = OffscreenCanvasRenderingContext2D;
