/** The assumptions that a statement may rest on, by name. A statement lists those that it needs, and no other. */

export const ASSUMPTIONS = {
  'sharing-from-file': "what is live together and shares memory in the file's own plan does so on purpose",
  'overlaps-unexplained':
    "buffers that overlap in part in the file's own plan are apart, though whether they share memory is not known",
  'streams-apart':
    'bytes pass on within one stream and pool only, because the recording shows no waits between streams',
  'streams-ordered':
    'bytes pass on between streams only where the recorded waits put each use before; the program makes these waits in every run',
  'uses-recorded': 'the recording has each use of a block on a stream other than its own',
  'waits-repeat': 'each later iteration makes the same waits between streams',
  'uses-over': 'uses of a block on other streams are over before the next iteration allocates it again',
  'streams-together':
    'streams wait for each other wherever bytes pass from one to another; the server of the plan must make these waits',
  'streams-unknown':
    'the recording names no streams, so bytes pass on in the order in which the host frees and allocates',
  'uses-joined':
    'work of another stream on a block is over when the block is freed, or the program called record_stream',
  'waiting-frees-held': 'blocks whose free waited for another stream keep their bytes',
  'waiting-frees-over': 'a free that waits is over before the next iteration allocates the same block again',
  'waiting-frees-as-recorded': 'frees that waited complete no later than in the recording',
  'frees-without-stacks':
    'a free that completed at the next entry did not wait; the recording has no stacks that would show it',
  'idle-between-iterations': 'the device is idle at the border of each iteration, as --idle iteration states',
  'pools-inferred': 'private pools are those of the segments at the end that the addresses are in',
  'graphs-keep-pools': 'private pools keep their memory, because CUDA graphs use it when they are replayed',
  'older-blocks-counted':
    'blocks from before the recording that outlive it are counted as they are at its end',
  'beginning-lost': 'the recorder probably lost the beginning of the recording',
  'lifetimes-cut': 'lifetimes end at the border of the iteration',
  'iterations-repeat': 'each later iteration allocates the same sizes in the same order',
  'file-cut': 'the file ends early, and what is missing is in no figure',
  'pairs-guessed': 'the pairing of allocations with frees is a guess',
  'reserved-at-end': 'reserved bytes are known only for the end of the recording',
} as const;

export type Assumption = keyof typeof ASSUMPTIONS;
