/** The views, in the order of their tabs. */
export const VIEWS = ['memory', 'plan', 'flames', 'allocator', 'leaks', 'behaviour', 'compare'] as const;
export type View = (typeof VIEWS)[number];
