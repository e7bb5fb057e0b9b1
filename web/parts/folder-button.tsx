/** A button to choose a folder, whose recordings are one run. */
import {filesOfFolder} from '../state/chosen-files.ts';
import type {Page} from '../state/page.ts';

export function FolderButton({page, text}: {readonly page: Page; readonly text: string}) {
  return (
    <button type="button" onClick={() => chooseFolder(page)}>
      {text}
    </button>
  );
}

/** The input is there for as long as the user chooses: a page may have one input of files that is found first. */
function chooseFolder(page: Page): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.webkitdirectory = true;
  input.hidden = true;
  input.onchange = () => {
    const [first] = input.files ?? [];
    const name = first?.webkitRelativePath.split('/')[0] || 'the folder';
    void page.openChosen(name, async () => filesOfFolder(input.files));
    input.remove();
  };
  input.oncancel = () => input.remove();
  document.body.append(input);
  input.click();
}
