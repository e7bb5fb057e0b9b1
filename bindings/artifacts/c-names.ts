/** Names of buffers and arenas as identifiers of C and C++. */

/** The macro names of some texts: upper case, letters, digits and `_`, each once; the second `X` is `X_2`. */
export function macroNames(texts: readonly string[], reserved: Iterable<string> = []): string[] {
  const taken = new Set<string>(reserved);
  return texts.map(text => {
    const plain = macroName(text);
    let unique = plain;
    for (let again = 2; taken.has(unique); again++) unique = `${plain}_${again}`;
    taken.add(unique);
    return unique;
  });
}

/** A text in upper case, letters, digits and single `_`. */
export function macroName(text: string): string {
  const words = text.match(/[A-Za-z0-9]+/g) ?? ['_'];
  return words.join('_').toUpperCase();
}

/** Text that is safe in a comment: one line, without the comment's end, trigraphs or line splices. */
export function commentText(text: string): string {
  return text.replace(/[^\x20-\x7e]|\*\/|\\|\?\?/g, '_');
}
