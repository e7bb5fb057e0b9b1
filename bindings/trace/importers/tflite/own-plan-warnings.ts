/** Oddities of the plan inside a model, which its writer may not have meant. */
import {plural} from '../../../model/quantities.ts';
import {show} from '../../../model/shown.ts';
import type {TensorLife} from './liveness.ts';
import type {TfliteModel, TfliteTensor} from './model.ts';
import {OWN_PLAN, type OwnPlan} from './own-plan.ts';

/** Operators whose output may be the bytes of an input that is needed further. */
const VIEWS: ReadonlySet<string> = new Set(
  'RESHAPE SQUEEZE EXPAND_DIMS SLICE STRIDED_SLICE SPLIT SPLIT_V UNPACK'.split(' '),
);

/** Tensors that are live together and share bytes, by their index in `lives`. */
type Pairs = readonly (readonly [number, number])[];

export interface PlannedModel {
  readonly model: TfliteModel;
  readonly ownPlan?: OwnPlan;
}

/** `lives`: of the tensors that are buffers of the problem. */
export function ownPlanWarnings(
  {model, ownPlan}: PlannedModel,
  lives: readonly TensorLife[],
  pairs: Pairs,
): string[] {
  const warnings: string[] = [];
  const variable = variablesIn(model, ownPlan);
  if (variable.length > 0)
    warnings.push(
      `${OWN_PLAN} places ${plural(variable.length, 'variable tensor')} (${show(variable[0]!.name)}), which this plan leaves to the runtime`,
    );
  const overwritten = overwrittenIn(model, lives, pairs);
  if (overwritten.length > 0) {
    const [a, b] = overwritten[0]!;
    const by = lives[b]!.operator === '' ? 'an input of the model' : lives[b]!.operator;
    warnings.push(
      `${OWN_PLAN}: ${plural(overwritten.length, 'tensor')} written over bytes that are needed later, e.g. ${nameOf(model, lives[b]!)} (${by}) over ${nameOf(model, lives[a]!)}: right only if these bytes stay the same`,
    );
  }
  return warnings;
}

/** The variable tensors that a plan places. */
export function variablesIn({subgraphs}: TfliteModel, ownPlan: OwnPlan | undefined): TfliteTensor[] {
  const tensors = subgraphs.flatMap(one => one.tensors);
  return tensors.filter(({isVariable}, t) => isVariable && (ownPlan?.offsets?.[t] ?? Number.NaN) >= 0);
}

/**
 * Pairs where `b` is written while the content of `a` is still needed, by an operator that changes bytes. Tensors that
 * nothing writes are scratch memory, and their content is nobody's.
 */
function overwrittenIn(
  model: TfliteModel,
  lives: readonly TensorLife[],
  pairs: Pairs,
): (readonly [number, number])[] {
  const inputs = model.subgraphs.map(one => new Set(one.inputs));
  const isInput = (i: number) => inputs[lives[i]!.subgraph]!.has(lives[i]!.tensor);
  const hasContent = (i: number) => lives[i]!.operator !== '' || isInput(i);
  const later = pairs.map(([a, b]): [number, number] =>
    lives[a]!.first <= lives[b]!.first ? [a, b] : [b, a],
  );
  return later.filter(([a, b]) => {
    if (!hasContent(a) || !hasContent(b) || lives[a]!.subgraph !== lives[b]!.subgraph) return false;
    if (isInput(b)) return lives[b]!.subgraph === 0 && isInput(a);
    return changesBytes(lives[b]!.operator) && lives[a]!.last > lives[b]!.first;
  });
}

/** False also of operators whose code is unknown, and of those that run subgraphs, which take more than a tick. */
function changesBytes(operator: string): boolean {
  return /^[A-Z][A-Z0-9_]+$/.test(operator) && !VIEWS.has(operator) && !OPEN.has(operator);
}

const OPEN: ReadonlySet<string> = new Set(['IF', 'WHILE', 'CALL_ONCE', 'CUSTOM', 'CALL', 'DELEGATE']);

function nameOf(model: TfliteModel, {subgraph, tensor}: TensorLife): string {
  return show(model.subgraphs[subgraph]!.tensors[tensor]!.name);
}
