/** Texts of pictures: escaping, shortening, and an estimate of their width. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As the content or an attribute of an element of HTML or SVG. Characters that XML cannot hold become U+FFFD. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, one => ESCAPES[one]!).replace(UNPRINTABLE, '\uFFFD');
}

/** Controls, halves of surrogate pairs and non-characters: XML does not allow even their character references. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is meant to match them
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** At most so many characters: an ellipsis replaces the middle. */
export function shortened(text: string, most: number): string {
  const all = [...text];
  if (all.length <= most) return text;
  const end = Math.floor((most - 1) * 0.6);
  return `${all.slice(0, most - 1 - end).join('')}…${all.slice(all.length - end).join('')}`;
}

/** Estimated width of a text in a sans-serif font of so many pixels: a renderer here has no font metrics. */
export function widthOf(text: string, fontSize: number): number {
  let width = 0;
  for (const one of text) {
    if (one >= '\u1100') width += 1;
    else if (/[mwMW@%—]/.test(one)) width += 0.95;
    else if (/[A-Z0-9_+=<>]/.test(one)) width += 0.66;
    else width += /[ilj.,:;'|!\s()[\]/tfr]/.test(one) ? 0.37 : 0.62;
  }
  return width * fontSize;
}

/** A coordinate: a tenth of a pixel is fine enough, and the same everywhere. */
export function px(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(rounded === 0 ? 0 : rounded);
}
