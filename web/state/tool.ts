/** What dragging in a picture does: the same in all pictures, as in a drawing program. */
import {Store} from './store.ts';

export const TOOLS = ['move', 'zoom', 'measure'] as const;
export type Tool = (typeof TOOLS)[number];

export const tools = new Store<{readonly tool: Tool}>({tool: 'move'});
