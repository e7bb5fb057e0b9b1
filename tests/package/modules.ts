/** The imports of a module and whether it waits while loading, read from its syntax tree. */
import {readFileSync} from 'node:fs';
import ts from 'typescript';

/** The syntax tree of a file. */
export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext, true);
}

/** Specifiers of all that a file imports: statically, dynamically, for types only, re-exports too. */
export function importsOf(source: ts.SourceFile): string[] {
  return ts.preProcessFile(source.text, true, true).importedFiles.map(({fileName}) => fileName);
}

/** Whether loading the module waits for something: then `require` and some bundlers refuse it. */
export function awaitsAtTopLevel(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
  return ts.forEachChild(node, child => awaitsAtTopLevel(child) || undefined) ?? false;
}
