/** The place of the open rank among those of its run, and the ways to its neighbours. */
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import '../style/ranks.css';

export function RankBar({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {run} = useStore(page.store);
  if (!run) return null;
  const rank = page.ranks.rankOf(file);
  const back = (
    <button type="button" onClick={() => page.showRun()} title="back to the run (R)">
      ← Run
    </button>
  );
  if (rank < 0) return back;
  const {ranks} = run.info;
  return (
    <div class="rank-bar">
      {back}
      <button
        type="button"
        aria-label="previous rank"
        title="previous rank (P)"
        disabled={rank === 0}
        onClick={() => page.ranks.step(-1)}
      >
        ‹
      </button>
      <span>
        {ranks[rank]!.name}, {rank + 1} of {ranks.length}
      </span>
      <button
        type="button"
        aria-label="next rank"
        title="next rank (N)"
        disabled={rank === ranks.length - 1}
        onClick={() => page.ranks.step(1)}
      >
        ›
      </button>
    </div>
  );
}
