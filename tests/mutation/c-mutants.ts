/**
 * Systematic mutants of a source in C, by its tokens: the kinds of `mutants.ts`, and dropped assignments. Comments, texts,
 * lines of the preprocessor and arguments of what only reports are left as they are.
 */
import {type Mutant, OPERATORS as OF_TYPESCRIPT} from './mutants.ts';

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

type Edit = Pick<Mutant, 'kind' | 'start' | 'end' | 'to'>;

/** What is no token, then the kinds of tokens; longer operators first. */
const TOKEN =
  /(?<skipped>\s+|\/\*[\s\S]*?\*\/|\/\/.*|^[ \t]*#(?:.*\\\n)*.*)|(?<token>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|0[xX][\da-fA-F]+\w*|\d[\w.]*|[A-Za-z_]\w*|\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[\s\S])/gm;

const OPERATORS: Readonly<Record<string, readonly [to: string, kind: string]>> = {
  ...OF_TYPESCRIPT,
  '<<': ['>>', 'shift'],
  '>>': ['<<', 'shift'],
};
const ASSIGNMENTS = new Set(['=', '+=', '-=', '|=', '&=', '++', '--']);
/** Functions that only report, or tell the compiler what is likely. */
const REPORTS = new Set(['fail', 'snprintf', 'fprintf', 'printf']);
const LIKELY = '__builtin_expect';
const NO_STATEMENT = new Set([
  'if',
  'else',
  'for',
  'while',
  'do',
  'return',
  'switch',
  'case',
  'default',
  'break',
  'continue',
  'goto',
  'static',
  'const',
  'struct',
  'typedef',
  'enum',
  'extern',
]);
/** Numbers up to this grow by one; larger ones are halved and doubled. */
const SMALL = 3n;

/** All mutants of a source, in the order of the text. */
export function cMutantsOf(file: string, text: string): Mutant[] {
  const tokens = tokensOf(text);
  const context = contextOf(tokens);
  const edits = tokens.flatMap((token, i) => [
    ...operatorEdits(tokens, i, context),
    ...numberEdits(token, context[i]!),
    ...statementEdits(tokens, i, context),
    ...returnEdits(tokens, i, context),
  ]);
  return edits.map(edit => {
    const from = text.slice(edit.start, edit.end);
    const to = edit.kind === 'opposite return' ? `!(${from})` : edit.to;
    return {...edit, file, line: text.slice(0, edit.start).split('\n').length, from, to};
  });
}

function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].flatMap(match =>
    match.groups!.token === undefined
      ? []
      : [{text: match[0], start: match.index, end: match.index + match[0].length}],
  );
}

/** Where a token is: whether its code only reports or is likely, in a function at all, and in one that answers yes or no. */
interface Context {
  readonly isReported: boolean;
  readonly isLikely: boolean;
  readonly isInside: boolean;
  readonly isBool: boolean;
}

function contextOf(tokens: readonly Token[]): Context[] {
  /** Calls around the token: names of functions, or nothing for other parentheses. */
  const calls: (string | undefined)[] = [];
  let depth = 0;
  let isBool = false;
  /** Tokens of the declaration that a brace at the top ends. */
  let declaration: string[] = [];
  return tokens.map(({text}, i) => {
    if (text === ')') calls.pop();
    if (text === '}') depth--;
    const at = {
      isReported: calls.some(name => name !== undefined && REPORTS.has(name)),
      isLikely: calls.at(-1) === LIKELY,
      isInside: depth > 0,
      isBool,
    };
    if (text === '(') calls.push(/^\w+$/.test(tokens[i - 1]?.text ?? '') ? tokens[i - 1]!.text : undefined);
    if (depth === 0) {
      if (text === '{')
        isBool = declaration.includes('bool') && declaration.indexOf('bool') < declaration.indexOf('(');
      declaration = text === ';' || text === '{' || text === '}' ? [] : [...declaration, text];
    }
    if (text === '{') depth++;
    return at;
  });
}

const isOperand = (token: Token | undefined) => token !== undefined && /^(?:[\w"']|\)|\])/.test(token.text);

function operatorEdits(tokens: readonly Token[], i: number, context: readonly Context[]): Edit[] {
  const {text, start, end} = tokens[i]!;
  const {isReported, isInside} = context[i]!;
  if (isReported || !isInside) return [];
  if (text === '!') return [{kind: 'negation', start, end, to: ''}];
  const replacement = OPERATORS[text];
  // a sign, or a keyword such as `return` before it
  if (!replacement || !isOperand(tokens[i - 1]) || tokens[i - 1]!.text === 'return') return [];
  return [{kind: replacement[1], start, end, to: replacement[0]}];
}

function numberEdits({text, start, end}: Token, {isReported, isLikely, isInside}: Context): Edit[] {
  const parts = /^(0[xX][\da-fA-F]+|\d+)([uUlL]*)$/.exec(text);
  if (!parts || isReported || isLikely || !isInside) return [];
  const value = BigInt(parts[1]!);
  const edit = (to: bigint): Edit => ({kind: 'constant', start, end, to: `${to}${parts[2]}`});
  return value <= SMALL ? [edit(value + 1n)] : [edit(value / 2n), edit(2n * value)];
}

/** A statement that calls or assigns is dropped. */
function statementEdits(tokens: readonly Token[], i: number, context: readonly Context[]): Edit[] {
  const {text, start} = tokens[i]!;
  const before = tokens[i - 1]?.text ?? '';
  if (!context[i]!.isInside || !/^(?:[;{}]|else|\))$/.test(before) || !/^(?:\w|\*|\+\+|--)/.test(text))
    return [];
  if (NO_STATEMENT.has(text) || (before === ')' && !endsCondition(tokens, i - 1))) return [];
  let depth = 0;
  let kind = '';
  let last = i;
  for (; last < tokens.length && (depth > 0 || tokens[last]!.text !== ';'); last++) {
    const at = tokens[last]!.text;
    if (at === '{' || at === '}') return [];
    if (at === '(' || at === '[') depth++;
    if (at === ')' || at === ']') depth--;
    if (depth === 0 && ASSIGNMENTS.has(at)) kind ||= 'dropped assignment';
  }
  const isCall = tokens[i + 1]?.text === '(' && !REPORTS.has(text);
  if (kind === '' && isCall) kind = 'dropped call';
  if (kind === '' || isDeclaration(tokens, i)) return [];
  return [{kind, start, end: tokens[last]!.end, to: ';'}];
}

/** Whether that `)` ends what is behind `if`, `for` or `while`. */
function endsCondition(tokens: readonly Token[], close: number): boolean {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    if (tokens[at]!.text === ')') depth++;
    if (tokens[at]!.text === '(' && --depth === 0)
      return /^(?:if|for|while)$/.test(tokens[at - 1]?.text ?? '');
  }
  return false;
}

/** Two names side by side, with stars between them. */
function isDeclaration(tokens: readonly Token[], i: number): boolean {
  if (!/^\w/.test(tokens[i]!.text)) return false;
  let at = i + 1;
  while (tokens[at]?.text === '*') at++;
  return /^[A-Za-z_]/.test(tokens[at]?.text ?? '');
}

/** `return` of a function that answers yes or no. */
function returnEdits(tokens: readonly Token[], i: number, context: readonly Context[]): Edit[] {
  if (tokens[i]!.text !== 'return' || !context[i]!.isBool || tokens[i + 1]?.text === ';') return [];
  let last = i + 1;
  for (let depth = 0; depth > 0 || tokens[last]!.text !== ';'; last++) {
    if (tokens[last]!.text === '(') depth++;
    if (tokens[last]!.text === ')') depth--;
    // an error and its answer: `return fail(…), false`
    if (REPORTS.has(tokens[last]!.text)) return [];
  }
  const [start, end] = [tokens[i + 1]!.start, tokens[last - 1]!.end];
  return [{kind: 'opposite return', start, end, to: ''}];
}
