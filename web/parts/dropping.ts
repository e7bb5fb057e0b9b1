/** Files dropped anywhere on the page. */
import {useLayoutEffect, useState} from 'preact/hooks';
import {droppedFiles} from '../state/chosen-files.ts';
import type {Page} from '../state/page.ts';

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
      void page.openChosen('the folder', () => droppedFiles(event.dataTransfer));
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
