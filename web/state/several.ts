/** What several files are that come at once: runs in JSON, the recordings of one run, or files to open one by one. */
import {mayBeRank} from '../../bindings/ranks/file-names.ts';
import {isRun} from './run.ts';
import type {LeftOut} from './run-maker.ts';
import type {Source} from './source.ts';

/** Fewer recordings are opened, to be compared; so many are a run. */
const LEAST_RANKS = 3;
const MOST_TABS = 16;
const RUN = 'it is a run itself: one is made of the recordings here';
const FOREIGN = 'a model or a packing problem has no rank';

export interface Several {
  /** To be opened one by one. */
  readonly files: readonly Source[];
  /** Of a run; none where they are too few. */
  readonly ranks: readonly Source[];
  readonly leftOut: readonly LeftOut[];
}

/** Files of a folder are ranks; loose files are where they look it. */
export async function sorted(sources: readonly Source[]): Promise<Several> {
  const alone = {files: sources, ranks: [], leftOut: []};
  if (sources.length < LEAST_RANKS) return alone;
  const areRuns = await Promise.all(sources.map(isRun));
  const runs = sources.filter((_, i) => areRuns[i]);
  const others = sources.filter((_, i) => !areRuns[i]);
  const ranks = others.filter(({name}) => mayBeRank(name));
  if (ranks.length < LEAST_RANKS || !(sources.some(({isOfFolder}) => isOfFolder) || areAlike(ranks)))
    return alone;
  const foreign = others.filter(({name}) => !mayBeRank(name));
  return {
    files: [],
    ranks: withOwnNames(ranks),
    leftOut: [
      ...runs.map(({name}) => ({name, reason: RUN})),
      ...foreign.map(({name}) => ({name, reason: FOREIGN})),
    ],
  };
}

/** Whether three have one ending, and as many as all others: one program wrote them. So many that they cannot be tabs are. */
function areAlike(sources: readonly Source[]): boolean {
  const counts = new Map<string, number>();
  for (const {name} of sources) {
    const [, ending = ''] = /\.([a-z0-9]+)(\.(gz|zst|zstd))?$/i.exec(name) ?? [];
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return sources.length > MOST_TABS || (most >= LEAST_RANKS && 2 * most >= sources.length);
}

/** Files of several folders may have one name: each later one gets a number. */
function withOwnNames(sources: readonly Source[]): Source[] {
  const counts = new Map<string, number>();
  return sources.map(source => {
    const count = (counts.get(source.name) ?? 0) + 1;
    counts.set(source.name, count);
    return count === 1 ? source : {...source, name: `${source.name} (${count})`};
  });
}
