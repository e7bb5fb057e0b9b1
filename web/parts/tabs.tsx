/** The views, and which device they are of. */
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {VIEWS, type View} from '../state/view-names.ts';
import {RankBar} from './rank-bar.tsx';

const NAMES: Readonly<Record<View, string>> = {
  memory: 'Memory over time',
  plan: 'Plan',
  flames: 'Flames',
  allocator: 'Allocator',
  leaks: 'Leaks',
  behaviour: 'Behaviour',
  compare: 'Compare',
};

export function Tabs({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {view} = useStore(page.store);
  const {opened} = useStore(file.store);
  const walk = (event: KeyboardEvent) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = VIEWS[(VIEWS.indexOf(view) + step + VIEWS.length) % VIEWS.length]!;
    page.show(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <nav class="tabs" aria-label="views">
      <RankBar page={page} file={file} />
      <div role="tablist" aria-label="views" onKeyDown={walk}>
        {VIEWS.map(name => (
          <button
            type="button"
            key={name}
            id={`tab-${name}`}
            role="tab"
            aria-selected={name === view}
            aria-controls="view"
            tabIndex={name === view ? 0 : -1}
            onClick={() => page.show(name)}
          >
            {NAMES[name]}
          </button>
        ))}
      </div>
      {opened && opened.devices.length > 1 && (
        <label>
          device
          <select
            value={opened.device}
            onChange={event => void file.choose(Number(event.currentTarget.value))}
          >
            {opened.devices.map((name, index) => (
              <option key={name} value={index}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </nav>
  );
}
