/** What if: options of the plan and changes of the problem. Every change plans anew at once. */
import '../style/whatif.css';
import type {FileModel} from '../state/file.ts';
import {useStore} from '../state/store.ts';
import {ChangeForm} from './what-if/change-form.tsx';
import {ChangeListing} from './what-if/change-list.tsx';
import {Outcome} from './what-if/outcome.tsx';
import {PlanOptionFields} from './what-if/plan-options.tsx';
import {Scenarios} from './what-if/scenarios.tsx';

export function WhatIf({file}: {readonly file: FileModel}) {
  const {planning} = useStore(file.store);
  return (
    <section class="whatif" aria-label="what if">
      <h2>What if</h2>
      <ChangeForm file={file} />
      <ChangeListing file={file} />
      <Outcome file={file} />
      {planning ? (
        <button type="button" onClick={() => file.stopPlanning()}>
          Stop, keep the best plan
        </button>
      ) : (
        <button type="button" onClick={() => void file.replan({})}>
          Plan again
        </button>
      )}
      <Scenarios file={file} />
      <h3>How to plan</h3>
      <PlanOptionFields file={file} />
    </section>
  );
}
