/** The menu of exports of the shown view. */
import {useRef} from 'preact/hooks';
import {failureOf} from '../../bindings/model/errors.ts';
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import type {ExportKind} from '../worker/handlers/export.ts';

interface ExportMenuProps {
  readonly page: Page;
  readonly file: FileModel;
  readonly pictureKey: string;
}

interface ExportChoice {
  readonly kind: ExportKind;
  readonly text: string;
  readonly needsPlan?: boolean;
}

const CHOICES: readonly ExportChoice[] = [
  {kind: 'svg', text: 'this picture, SVG'},
  {kind: 'png', text: 'this picture, PNG'},
  {kind: 'table', text: "this picture's numbers, CSV"},
  {kind: 'items', text: 'the buffers listed, CSV'},
  {kind: 'plan-json', text: 'the plan, JSON', needsPlan: true},
  {kind: 'plan-csv', text: 'the plan, CSV', needsPlan: true},
  {kind: 'report', text: 'a report, one HTML file', needsPlan: true},
];

export function ExportMenu({page, file, pictureKey}: ExportMenuProps) {
  const {theme} = useStore(page.store);
  const {plan, choice} = useStore(file.store);
  const menu = useRef<HTMLDetailsElement>(null);
  const save = async (kind: ExportKind) => {
    menu.current!.open = false;
    try {
      const request = {kind, key: pictureKey, capacity: choice.capacity, theme};
      const {name, blob} = await file.ask(worker => worker.export.make(request));
      download(`${baseOf(file.name)}.${name}`, blob);
      page.announce(`saved ${name}`);
    } catch (error) {
      page.announce(`could not be saved: ${failureOf(error).message}`);
    }
  };
  return (
    <details class="menu" ref={menu}>
      <summary>save</summary>
      <div>
        {CHOICES.filter(({kind}) => kind !== 'table' || !['memory', 'allocator'].includes(pictureKey)).map(
          ({kind, text, needsPlan}) => (
            <button type="button" key={kind} disabled={needsPlan && !plan} onClick={() => void save(kind)}>
              {text}
            </button>
          ),
        )}
      </div>
    </details>
  );
}

export function baseOf(name: string): string {
  return (name.split(/[\\/]/).at(-1) ?? name).replace(/\.(gz|zst)$/, '').replace(/\.[^.]+$/, '') || 'stowage';
}

export function download(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // the browser has taken it by then
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
