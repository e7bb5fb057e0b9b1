/** Chooses the meaning of the blocks' colours. */
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import type {Colouring} from '../views/colouring.ts';

export function Colours({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {colouring} = useStore(page.store);
  const {opened} = useStore(file.store);
  return (
    <label>
      <span class="unseen">colours by</span>
      <select value={colouring} onChange={event => page.setColouring(event.currentTarget.value as Colouring)}>
        <option value="operation">colours: operation</option>
        {opened?.isCuda && <option value="source">colours: source</option>}
        <option value="size">colours: size</option>
      </select>
    </label>
  );
}
