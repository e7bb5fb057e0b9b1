/** The page. */
import {useEffect, useRef} from 'preact/hooks';
import {AllocatorSettings} from './parts/allocator-settings.tsx';
import {AllocatorView} from './parts/allocator-view.tsx';
import {BehaviourView} from './parts/behaviour-view.tsx';
import {CompareView} from './parts/compare-view.tsx';
import {DetailsPanel} from './parts/details-panel.tsx';
import {useDrop} from './parts/dropping.ts';
import {FlamesView} from './parts/flames-view.tsx';
import {Header} from './parts/header.tsx';
import {Help} from './parts/help.tsx';
import {ItemTable, type Scope} from './parts/item-table.tsx';
import {listenToKeys} from './parts/keys.ts';
import {Landing} from './parts/landing.tsx';
import {LeaksView, LeakTables} from './parts/leaks-view.tsx';
import {idOfFile, MemoryView} from './parts/memory-view.tsx';
import {Openings} from './parts/openings.tsx';
import {Panes} from './parts/panes.tsx';
import {PlanView} from './parts/plan-view.tsx';
import {RunView} from './parts/run-view.tsx';
import {Summary} from './parts/summary.tsx';
import {Tabs} from './parts/tabs.tsx';
import {WhatIf} from './parts/what-if.tsx';
import {sourcesOf} from './state/chosen-files.ts';
import {loadExample} from './state/example.ts';
import type {FileModel} from './state/file.ts';
import type {Page} from './state/page.ts';
import {handedOver} from './state/source.ts';
import {useStore} from './state/store.ts';
import type {View} from './state/view-names.ts';

export function App({page}: {readonly page: Page}) {
  const {files, current, view, announcement, openings, run, isRunShown} = useStore(page.store);
  const input = useRef<HTMLInputElement>(null);
  const choose = () => input.current!.click();
  const isDragged = useDrop(page);
  useEffect(() => listenToKeys(page, choose), [page]);
  const openExample = () =>
    void loadExample().then(
      source => page.open(source),
      (error: Error) => page.announce(error.message),
    );
  const file = files[current];
  return (
    <div class={`page ${isDragged ? 'dragged' : ''}`}>
      <Header page={page} onChoose={choose} />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={event => {
          void page.openAll(sourcesOf(event.currentTarget.files));
          event.currentTarget.value = '';
        }}
      />
      <Openings page={page} />
      {run && isRunShown ? (
        <RunView key={idOfFile(run)} page={page} run={run} />
      ) : file ? (
        <Shown key={idOfFile(file)} page={page} file={file} view={view} onChoose={choose} />
      ) : (
        openings.every(({failure}) => failure) && (
          <Landing page={page} onChoose={choose} onExample={openExample} />
        )
      )}
      <footer>
        <p>
          Nothing leaves this machine: the page's Content-Security-Policy allows no connection
          {handedOver() ? ' but to the stowage that serves it here' : ''}, as its source or the network tab of
          the browser's tools shows.
        </p>
      </footer>
      <p class="unseen" role="status" aria-live="polite">
        {announcement}
      </p>
      <Help page={page} />
    </div>
  );
}

/** What the table lists at first; what is live at the moment in all other views. */
const FIRST_SCOPES: Readonly<Partial<Record<View, Scope>>> = {plan: 'planned', flames: 'all'};

interface ShownProps {
  readonly page: Page;
  readonly file: FileModel;
  readonly view: View;
  readonly onChoose: () => void;
}

function Shown({page, file, view, onChoose}: ShownProps) {
  const {opened, subject} = useStore(file.store);
  const noun = opened?.kind === 'problem' ? 'buffer' : 'block';
  if (subject?.hasStateOnly) return <StateOnly page={page} file={file} view={view} onChoose={onChoose} />;
  const hasItems = view === 'memory' || view === 'plan' || view === 'flames' || view === 'allocator';
  return (
    <main>
      <Summary page={page} file={file} />
      <Tabs page={page} file={file} />
      <Panes
        page={page}
        view={view}
        side={
          (hasItems || view === 'leaks') && (
            <>
              <DetailsPanel file={file} noun={noun} />
              {view === 'allocator' ? (
                <AllocatorSettings file={file} />
              ) : (
                view !== 'leaks' && <WhatIf file={file} />
              )}
            </>
          )
        }
        bottom={
          view === 'leaks' ? (
            <LeakTables file={file} />
          ) : (
            hasItems && (
              <ItemTable key={view} file={file} noun={noun} first={FIRST_SCOPES[view] ?? 'moment'} />
            )
          )
        }
      >
        {view === 'memory' && <MemoryView page={page} file={file} />}
        {view === 'plan' && <PlanView page={page} file={file} />}
        {view === 'flames' && <FlamesView page={page} file={file} />}
        {view === 'allocator' && <AllocatorView page={page} file={file} />}
        {view === 'leaks' && <LeaksView page={page} file={file} />}
        {view === 'compare' && <CompareView page={page} file={file} onChoose={onChoose} />}
        {view === 'behaviour' && <BehaviourView page={page} file={file} />}
      </Panes>
    </main>
  );
}

/** Of a state without events only the segments can be shown. */
function StateOnly({page, file, view, onChoose}: ShownProps) {
  return (
    <main>
      <Summary page={page} file={file} />
      <Tabs page={page} file={file} />
      <Panes page={page} view={view}>
        {view === 'compare' && <CompareView page={page} file={file} onChoose={onChoose} />}
        {view !== 'compare' && view !== 'allocator' && (
          <p class="note">
            This view needs the events of the recording. The segments at its end are shown in its place.
          </p>
        )}
        {view !== 'compare' && <AllocatorView page={page} file={file} />}
      </Panes>
    </main>
  );
}
