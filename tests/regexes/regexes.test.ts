/** No regular expression of the product needs more than linear time, whatever it is given. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';
import {ambiguityOf} from './ambiguity.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Found {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** Every regular expression of a file; one that is made at run time has no source. */
function* regexesOf(path: string): Generator<Found> {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const nodes: ts.Node[] = [file];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    node.forEachChild(child => {
      nodes.push(child);
    });
    const place = `${relative(ROOT, path)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      yield {place, source: node.text.slice(1, end), flags: node.text.slice(end + 1)};
    }
    const isMade =
      (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp';
    assert.ok(!isMade, `${place}: a regular expression that is made at run time cannot be checked`);
  }
}

test('no regular expression in bindings or web backtracks: its time is linear in the text', () => {
  const files = ['bindings', 'web'].flatMap(folder =>
    readdirSync(join(ROOT, folder), {recursive: true, encoding: 'utf8'})
      .filter(name => /\.tsx?$/.test(name))
      .map(name => join(ROOT, folder, name)),
  );
  const all = files.flatMap(path => [...regexesOf(path)]);
  assert.ok(all.length > 80, `${all.length} expressions are found`);
  const wrong = all.flatMap(({place, source, flags}) => {
    const reason = ambiguityOf(source, flags);
    return reason ? [`${place}: /${source}/${flags}: ${reason}`] : [];
  });
  assert.deepEqual(wrong, []);
});

const CASES: readonly [regex: RegExp, isLinear: boolean][] = [
  [/^\s*\{/, true],
  [/\s+/g, true],
  [/^(?:a|b)*c/, true],
  [/^(?:[^"\\]|\\.)*$/, true],
  [/"[^"]*"/, true],
  [/^(.*)$/s, true],
  [/^(?:@ (.*) )?([-+]) (0x[0-9a-f]{1,16})$/, true],
  [/^a{1,16}b{1,16}$/, true],
  [/^(a+)+$/, false],
  [/^(a*b*)*c/, false],
  [/^(?:a|a)*c/, false],
  [/\s+$/, false],
  [/(?=a*b)/, false],
  [/^\s*x/m, false],
  [/^\d+[\d.]+x/, false],
  [/^\s{0,2000}\s*x/, false],
  // what was there before
  [/"(?:[^"\\]|\\.)*"/g, false],
  [/^\s+(\S+\{[^}\s]*\}):(\d{1,10})-(\d{1,10})$/, false],
  [/^[^=]*\)? *= *(0x[0-9a-f]{1,16})$/i, false],
];

for (const [regex, isLinear] of CASES)
  test(`${regex} is ${isLinear ? 'linear' : 'not linear'}`, () => {
    assert.equal(ambiguityOf(regex.source, regex.flags) === undefined, isLinear);
  });
