/** Files dropped anywhere on the page. */
import {useLayoutEffect, useState} from 'preact/hooks';
import type {Page} from '../state/page.ts';
import type {Source} from '../state/source.ts';

export function sourcesOf(list: FileList | null | undefined): Source[] {
  return Array.from(list ?? [], blob => ({name: blob.name, size: blob.size, blob}));
}

/** Opens what is dropped. A folder is dropped as one file here, which says that it cannot be read. */
function openDropped(page: Page, transfer: DataTransfer | null): void {
  void page.openAll(sourcesOf(transfer?.files));
}

/** Files dropped anywhere are opened. @returns whether some are being dragged over the page. */
export function useDrop(page: Page): boolean {
  const [isDragged, setIsDragged] = useState(false);
  // at once: a file dropped while the page loads is not to take its place
  useLayoutEffect(() => {
    const onOver = (event: DragEvent) => {
      event.preventDefault();
      setIsDragged(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsDragged(false);
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setIsDragged(false);
      openDropped(page, event.dataTransfer);
    };
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
    };
  }, [page]);
  return isDragged;
}
