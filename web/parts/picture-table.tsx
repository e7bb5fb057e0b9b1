/** The numbers of a picture as a table, for readers who cannot use the picture. */
import {useState} from 'preact/hooks';
import {formatCount} from '../../bindings/model/quantities.ts';
import type {Column} from '../../bindings/pictures/picture.ts';
import {formatShort} from '../../bindings/pictures/ticks.ts';
import type {Face} from '../canvas/face.ts';
import {idOfFile} from './memory-view.tsx';
import type {PictureSource} from './picture-view.ts';
import {useAnswer} from './use-answer.ts';

const PAGE = 50;

interface PictureTableProps {
  readonly file: PictureSource;
  readonly pictureKey: string;
  readonly face: Face;
  readonly version: number;
  /** Makes the first cell of each row a button. */
  readonly onRow?: (index: number) => void;
  /** Whether it is folded at first, though rows can be chosen. */
  readonly isClosed?: boolean;
}

export function PictureTable({file, pictureKey, face, version, onRow, isClosed}: PictureTableProps) {
  const [isOpen, setIsOpen] = useState(onRow !== undefined && !isClosed);
  const [from, setFrom] = useState(0);
  const question = isOpen ? `${idOfFile(file)} ${pictureKey} ${from} ${version}` : undefined;
  const {result} = useAnswer(question, () =>
    file.ask(worker => worker.pictures.rows({key: pictureKey, from, count: PAGE})),
  );
  if (face.rows === 0) return null;
  return (
    <details open={isOpen} onToggle={event => setIsOpen(event.currentTarget.open)}>
      <summary>as a table ({formatCount(face.rows)} rows)</summary>
      {result && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <section class="scroll" tabIndex={0} aria-label={face.title}>
          <table class="plain">
            <thead>
              <tr>
                {face.columns.map(({name}) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {result.rows.map((row, k) => (
                <tr key={result.from + k}>
                  {row.map((cell, column) => (
                    <td key={face.columns[column]!.name} class={typeof cell === 'string' ? 'text' : ''}>
                      {onRow && column === 0 ? (
                        <button type="button" onClick={() => onRow(result.from + k)}>
                          {cell || row[1]}
                        </button>
                      ) : (
                        textOf(cell, face.columns[column]!)
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {face.rows > PAGE && (
        <div class="buttons">
          <button type="button" disabled={from === 0} onClick={() => setFrom(Math.max(0, from - PAGE))}>
            earlier rows
          </button>
          <button type="button" disabled={from + PAGE >= face.rows} onClick={() => setFrom(from + PAGE)}>
            later rows
          </button>
        </div>
      )}
    </details>
  );
}

function textOf(cell: string | number, {unit}: Column): string {
  return typeof cell === 'number' ? formatShort(cell, unit) : cell;
}
