/** Changes as one types them: `batch*0.5`, `checkpoint:model.py attention`, `dtype:float32`, `off:optimizer-state`. */
import {CATEGORIES, type Category} from '../../model/buffer-facts.ts';
import {UsageError} from '../../model/errors.ts';
import {listNames, show} from '../../model/shown.ts';
import type {ListedChange, Selection} from './contract.ts';
import {fractionOf} from './factor.ts';

/** @throws UsageError naming the forms. */
export function parseQuickChange(text: string): ListedChange {
  const star = text.indexOf('*');
  const colon = text.indexOf(':');
  if (star > 0) {
    const factor = text.slice(star + 1).trim();
    const of = quantityOf(text.slice(0, star).trim());
    if (of !== undefined && fractionOf(factor) !== undefined) return {kind: 'scale', factor, of};
  }
  const rest = text.slice(colon + 1).trim();
  if (colon > 0 && rest !== '') {
    const kind = text.slice(0, colon).trim();
    if (kind === 'checkpoint') return {kind, of: placeOf(rest)};
    if (kind === 'dtype') return {kind, of: quantityOf(rest) ?? {type: rest}};
    const of = quantityOf(rest);
    if (kind === 'off' && of !== undefined) return {kind: 'offload', of};
  }
  throw new UsageError(
    `expected batch*0.5, CATEGORY*1/2, checkpoint:FUNCTION, dtype:TYPE or off:CATEGORY, with a category of ${listNames(CATEGORIES)}, got ${show(text)}`,
  );
}

function quantityOf(name: string): Selection | undefined {
  if (name === 'batch') return name;
  return CATEGORIES.includes(name as Category) ? {category: [name as Category]} : undefined;
}

/** An operation is `aten::name`, a function of a source file `file name`; all else is a module. */
function placeOf(text: string): Selection {
  if (/^\w+::\w+$/.test(text)) return {operation: text};
  return text.includes(' ') ? {frame: text} : {module: text};
}
