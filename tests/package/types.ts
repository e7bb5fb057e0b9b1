/** Whether the package's types hold in a strict project of someone else's, who does not skip checking them. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import ts from 'typescript';
import {ROOT} from './tarball.ts';

const CONSUMER = `
import {loadPlanner, type Plan, type Problem} from 'stowage';
import {cHeader, checkedPlan} from 'stowage/artifacts';
import {loadPlannerSync} from 'stowage/js';
import {makeReport, renderSvg, reportHtml, type Picture, type Report} from 'stowage/report';
import {type Memoized, memoize, type TensorFlow} from 'stowage/tfjs';
import {importFile} from 'stowage/trace';
const problem: Problem = {buffers: [{id: 'a', size: 1, start: 0, end: 1}]};
export const plan: Promise<Plan> = loadPlanner().then(planner => planner.plan(problem, {algorithm: 'auto'}));
export const draw = (picture: Picture): string => renderSvg(picture, {isAlone: true});
export const page = (report: Report): string => [...reportHtml(report)].join('');
export const make = makeReport;
export const header: Iterable<string> = cHeader(checkedPlan(loadPlannerSync(), problem, {offsets: [0]}));
export const imported = importFile({name: 'none', data: new Uint8Array(0)});
declare const tf: TensorFlow;
declare const model: {predict(inputs: string, settings?: {batchSize: number}): number};
export const memoized: Promise<Memoized<[inputs: string, settings?: {batchSize: number}], number>> =
  loadPlanner().then(planner => memoize(model, {tf, planner}));
`;

/**
 * Where the names of the host come from that the package's types mention. `WebAssembly.Module` is in TypeScript's DOM
 * library only, which is in its default set and so in most projects for Node.
 */
const HOSTS: Readonly<Record<'browser' | 'node', ts.CompilerOptions>> = {
  browser: {lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: []},
  node: {types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')]},
};

/** The compiler's messages about a small user of the package in `folder`. */
export function typeErrors(folder: string, host: 'browser' | 'node'): string[] {
  const consumer = join(folder, `${host}.ts`);
  writeFileSync(consumer, CONSUMER);
  const program = ts.createProgram([consumer], {
    ...HOSTS[host],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
  });
  return ts.getPreEmitDiagnostics(program).map(({file, messageText}) => {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n');
    return file ? `${file.fileName}: ${message}` : message;
  });
}
