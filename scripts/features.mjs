/** docs/features.md: each cell of stowage that claims something names a test, and that test ran and passed. */

/** A cell of stowage that claims something. */
const CLAIM = /^[^`]+: `(tests\/[\w./-]+\.test\.ts)` “(.+)”$/;

/**
 * @param {string} document
 * @param {ReadonlyMap<string, {passed: string[], skipped: string[]}>} results names of tests, by file
 * @param {boolean} isWhole whether all files ran; otherwise the claims of other files are left alone
 * @returns {{shown: number, skipped: number, faults: string[]}}
 */
export function checkFeatures(document, results, isWhole) {
  const found = {shown: 0, skipped: 0, faults: []};
  for (const [feature, cell] of rowsOf(document)) {
    if (cell === '-') continue;
    const [, file, name] = CLAIM.exec(cell) ?? [];
    const result = results.get(file);
    const says = one => one.includes(name);
    if (!file) found.faults.push(`${feature}: names no test: ${cell}`);
    else if (!result && !isWhole) continue;
    else if (!result) found.faults.push(`${feature}: ${file} did not run`);
    else if (result.passed.some(says)) found.shown++;
    else if (result.skipped.some(says)) found.skipped++;
    else found.faults.push(`${feature}: no test of ${file} passed that says “${name}”`);
  }
  return found;
}

/** Feature and cell of stowage, of every row of the tables. */
function rowsOf(document) {
  return document
    .split('\n')
    .filter(line => /^\| (?!feature \|)/.test(line))
    .map(line => line.split('|').map(cell => cell.trim()))
    .map(([, feature, cell]) => [feature, cell]);
}
