/** The head of the page: its name, the files, and the controls for all of them. */
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';

export function Header({page, onChoose}: {readonly page: Page; readonly onChoose: () => void}) {
  const {files, current, theme} = useStore(page.store);
  return (
    <header>
      <h1>stowage</h1>
      {files.length > 0 && (
        <ul class="files" aria-label="open files">
          {files.map((file, index) => (
            <li key={file.name + String(index)} class={index === current ? 'current' : ''}>
              <button type="button" aria-pressed={index === current} onClick={() => page.select(index)}>
                {file.name.split(/[\\/]/).at(-1)}
              </button>
              <button type="button" aria-label={`close ${file.name}`} onClick={() => page.close(file)}>
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
      <span class="buttons">
        <button type="button" onClick={onChoose}>
          Open…
        </button>
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
