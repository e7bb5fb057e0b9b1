/**
 * Systematic mutants of a source: every small edit of some kinds, found in the syntax tree, so that no mutant depends on a
 * name. TypeScript and AssemblyScript have the same grammar here.
 */
import ts from 'typescript';
import type {Random} from '../random.ts';

/** One edit of one file. */
export interface Mutant {
  /** From the root, with `/`. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
  readonly kind: string;
  /** Characters `[start, end)` of the source are replaced by `to`. */
  readonly start: number;
  readonly end: number;
  readonly from: string;
  readonly to: string;
}

type Edit = Pick<Mutant, 'kind' | 'to'> & {readonly node: ts.Node};

/** Operators, each with the one that replaces it, and the name of the kind. */
export const OPERATORS: Readonly<Record<string, readonly [to: string, kind: string]>> = {
  '<': ['<=', 'border'],
  '<=': ['<', 'border'],
  '>': ['>=', 'border'],
  '>=': ['>', 'border'],
  '==': ['!=', 'equality'],
  '!=': ['==', 'equality'],
  '===': ['!==', 'equality'],
  '!==': ['===', 'equality'],
  '&&': ['||', 'logic'],
  '||': ['&&', 'logic'],
  '+': ['-', 'sign'],
  '-': ['+', 'sign'],
  '+=': ['-=', 'sign'],
  '-=': ['+=', 'sign'],
};

/** Numbers up to this grow by one; larger ones are halved and doubled. */
const SMALL = 3;

/** All mutants of a source, in the order of the text. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (isNoDecision(node)) return;
    for (const {node: at, kind, to} of editsOf(node)) {
      const [start, end] = [at.getStart(source), at.getEnd()];
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      found.push({file, line, kind, start, end, from: text.slice(start, end), to});
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

export const applied = (text: string, {start, end, to}: Mutant): string =>
  text.slice(0, start) + to + text.slice(end);

/** `count` of the mutants, the same for the same random numbers. */
export function sample<T>(all: readonly T[], count: number, random: Random): T[] {
  const rest = [...all];
  const chosen: T[] = [];
  while (chosen.length < count && rest.length > 0) chosen.push(rest.splice(random(rest.length), 1)[0]!);
  return chosen;
}

/** Code that does not run, or only reports faults: types, imports, errors, assertions of the debug build. */
function isNoDecision(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isDecorator(node) || ts.isThrowStatement(node)) return true;
  return ts.isCallExpression(node) && node.expression.getText() === 'assert';
}

function editsOf(node: ts.Node): Edit[] {
  if (ts.isBinaryExpression(node)) return operatorEdits(node);
  if (ts.isNumericLiteral(node)) return numberEdits(node);
  if (ts.isExpressionStatement(node)) return droppedCall(node);
  if (ts.isReturnStatement(node)) return oppositeReturn(node);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [{node, kind: 'negation', to: node.operand.getText()}];
  }
  return [];
}

function operatorEdits({operatorToken, left, right}: ts.BinaryExpression): Edit[] {
  const replacement = OPERATORS[operatorToken.getText()];
  if (replacement === undefined || isText(left) || isText(right)) return [];
  return [{node: operatorToken, to: replacement[0], kind: replacement[1]}];
}

const isText = (node: ts.Node) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);

function numberEdits(node: ts.NumericLiteral): Edit[] {
  const value = Number(node.getText().replaceAll('_', ''));
  if (!Number.isSafeInteger(value)) return [];
  if (value <= SMALL) return [{node, kind: 'constant', to: String(value + 1)}];
  return [
    {node, kind: 'constant', to: String(Math.floor(value / 2))},
    {node, kind: 'constant', to: String(2 * value)},
  ];
}

function droppedCall(node: ts.ExpressionStatement): Edit[] {
  const call = node.expression;
  if (!ts.isCallExpression(call)) return [];
  if (call.expression.kind === ts.SyntaxKind.SuperKeyword || call.expression.getText() === 'assert')
    return [];
  return [{node, kind: 'dropped call', to: ';'}];
}

/** `return` of a function that is declared to answer yes or no. */
function oppositeReturn({expression, parent}: ts.ReturnStatement): Edit[] {
  if (expression === undefined) return [];
  let at: ts.Node = parent;
  while (!ts.isFunctionLike(at) && !ts.isSourceFile(at)) at = at.parent;
  const type = ts.isFunctionLike(at) ? at.type?.getText() : undefined;
  if (type !== 'boolean' && type !== 'bool') return [];
  return [{node: expression, kind: 'opposite return', to: `!(${expression.getText()})`}];
}
