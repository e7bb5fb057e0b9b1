/** The blocks of the chosen call, outlined in other pictures. */
import type {FileModel} from '../state/file.ts';
import type {Outline} from './picture-view.ts';

export function callOutline(file: FileModel): Outline | undefined {
  const {call} = file.store.state;
  if (!call) return undefined;
  const {by, isReversed, node} = call;
  return {
    of: `${by} ${isReversed} ${node}`,
    in: pictureKey => file.ask(worker => worker.pictures.through(pictureKey, call)),
  };
}
