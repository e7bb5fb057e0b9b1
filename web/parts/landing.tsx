/** The first view: the whole page takes files; what it reads, and what it shows of the built-in example. */
import type {Page} from '../state/page.ts';
import {ExamplePreview} from './example-preview.tsx';
import {FolderButton} from './folder-button.tsx';

const FORMATS: readonly (readonly [name: string, how: string])[] = [
  ['PyTorch CUDA memory snapshot', '.pickle, from _dump_snapshot()'],
  ['PyTorch profiler trace', '.json, recorded with profile_memory=True'],
  ['ONNX and TensorFlow Lite models', '.onnx, .tflite'],
  ['XLA buffer assignment', 'buffer-assignment.txt'],
  ['stowage event log', '.jsonl, ten lines in any language'],
  ['heaptrack, mtrace, ltrace, Apache SINGA', 'recordings of malloc and free'],
  ['CSV of a packing problem', 'id,lower,upper,size'],
  ['a run of many ranks', 'the folder of its recordings, or run.json, from stowage merge'],
];

interface LandingProps {
  readonly page: Page;
  readonly onChoose: () => void;
  readonly onExample: () => void;
}

export function Landing({page, onChoose, onExample}: LandingProps) {
  return (
    <main class="landing">
      <div class="drop">
        <div class="words">
          <h2>Drop a memory recording here</h2>
          <p>See the live memory over time, the smallest possible peak, and the recoverable memory.</p>
          <p class="buttons">
            <button type="button" class="main" onClick={onChoose}>
              Choose files…
            </button>
            <FolderButton page={page} text="Choose a folder…" />
            <button type="button" onClick={onExample}>
              Open an example
            </button>
          </p>
          <p class="note">Your file stays on this machine: the page has no permission to send it anywhere.</p>
        </div>
        <ExamplePreview page={page} onOpen={onExample} />
      </div>
      <section class="formats" aria-label="readable formats">
        <h2>It reads</h2>
        <dl>
          {FORMATS.map(([name, how]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{how}</dd>
            </div>
          ))}
        </dl>
        <p class="note">Also as .gz or .zst. The format is detected from content, not from the name.</p>
        <details>
          <summary>No recording yet? In PyTorch …</summary>
          <pre>
            {`torch.cuda.memory._record_memory_history()
… a few training steps …
torch.cuda.memory._dump_snapshot("snapshot.pickle")`}
          </pre>
        </details>
      </section>
    </main>
  );
}
