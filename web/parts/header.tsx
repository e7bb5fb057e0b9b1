/** The head of the page: its name, the files, and the controls for all of them. */
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {FolderButton} from './folder-button.tsx';

export function Header({page, onChoose}: {readonly page: Page; readonly onChoose: () => void}) {
  const {files, current, theme, run, isRunShown} = useStore(page.store);
  return (
    <header>
      <h1>stowage</h1>
      {(run || files.length > 0) && (
        <ul class="files" aria-label="open files">
          {run && (
            <Tab
              name={run.info.title}
              isCurrent={isRunShown}
              onShow={() => page.showRun()}
              onClose={() => page.closeRun()}
            />
          )}
          {files.map((file, index) => (
            <Tab
              key={file.name + String(index)}
              name={file.name}
              isCurrent={!isRunShown && index === current}
              onShow={() => page.select(index)}
              onClose={() => page.close(file)}
            />
          ))}
        </ul>
      )}
      <span class="buttons">
        <button type="button" onClick={onChoose}>
          Open…
        </button>
        <FolderButton page={page} text="Folder…" />
        <button type="button" onClick={() => page.setTheme(theme === 'dark' ? 'light' : 'dark')}>
          {theme === 'dark' ? 'Light' : 'Dark'}
        </button>
        <button type="button" aria-label="keys" title="keys (?)" onClick={() => page.toggleHelp(true)}>
          ?
        </button>
      </span>
    </header>
  );
}

interface TabProps {
  readonly name: string;
  readonly isCurrent: boolean;
  readonly onShow: () => void;
  readonly onClose: () => void;
}

function Tab({name, isCurrent, onShow, onClose}: TabProps) {
  return (
    <li class={isCurrent ? 'current' : ''}>
      <button type="button" aria-pressed={isCurrent} onClick={onShow}>
        {name.split(/[\\/]/).at(-1)}
      </button>
      <button type="button" aria-label={`close ${name}`} onClick={onClose}>
        ✕
      </button>
    </li>
  );
}
