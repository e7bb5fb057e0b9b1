/** A picture without its columns: everything that the page draws around the marks. */
import {type Column, isEmpty, type Mark, type Picture, type Rule} from '../../bindings/pictures/picture.ts';

export interface Face
  extends Pick<Picture, 'name' | 'title' | 'description' | 'x' | 'y' | 'series' | 'notes'> {
  readonly rules: readonly Rule[];
  readonly marks: readonly Mark[];
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly isEmpty: boolean;
}

export function faceOf(picture: Picture): Face {
  const {name, title, description, x, y, series, layers, notes, table} = picture;
  return {
    name,
    title,
    description,
    x,
    y,
    series,
    rules: layers.flatMap(layer => (layer.kind === 'rules' ? layer.rules : [])),
    marks: layers.flatMap(layer => (layer.kind === 'marks' ? layer.marks : [])),
    notes,
    columns: table.columns,
    rows: table.count,
    isEmpty: isEmpty(picture),
  };
}
