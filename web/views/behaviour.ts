/** How memory behaves, as pictures: only those that the recording has something for. */
import type {Picture} from '../../bindings/pictures/index.ts';
import type {Imported} from '../../bindings/trace/index.ts';

export function behaviourPictures(_imported: Imported, _device: number): Picture[] {
  return [];
}
