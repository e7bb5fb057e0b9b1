/** Judges plans, bounds, proofs and capacities of the planner against brute force, and against the problem told differently. */
import {type Plan, type Planner, type Problem, UsageError} from '../../../bindings/index.ts';
import {seeded} from '../../random.ts';
import type {Verdict} from '../campaign.ts';
import {type Best, bestPlan, TooMuch} from './brute-force.ts';
import type {Case} from './draw.ts';
import {type Placed, Rules} from './rules.ts';
import {permuted, variants} from './variants.ts';

/** Nodes that a plan of a larger problem may take. */
const NODES = 4000;

class Wrong extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

export function judgeCase(planner: Planner, drawn: Case): Verdict {
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  try {
    if (drawn.plan) judgeAround(planner, drawn, drawn.plan, count);
    else judgeSmall(planner, drawn, count);
    return {counts};
  } catch (error) {
    if (error instanceof TooMuch) return {counts: {...counts, 'too much to try': 1}};
    if (error instanceof Wrong) return {counts, fault: {kind: error.kind, message: error.message}};
    if (!(error instanceof Error)) throw error;
    return {counts, fault: {kind: error.name, message: error.message}};
  }
}

function judgeSmall(planner: Planner, {problem, alignment}: Case, count: (what: string) => void): void {
  const rules = new Rules(problem, alignment);
  if (!rules.isStatement()) return;
  const best = bestPlan(rules);
  const options = alignment === undefined ? {} : {alignment};
  const plan = planOf(planner, problem, options, count);
  if (plan === undefined) {
    if (best) throw new Wrong('false refusal', `refused, and ${summary(best)} is possible`);
    return;
  }
  judgePlan(rules, problem, plan, best, count);
  judgeVerify(planner, rules, {problem, alignment, plan}, best);
  const bytes = bestPlan(rules, false);
  const bound = planner.lowerBound(problem, options);
  if (bytes && bound > bytes.total) throw new Wrong('false bound', `bound ${bound}, possible ${bytes.total}`);
  if (best && !problem.pools && !problem.buffers.some(({part}) => part !== undefined)) {
    for (const capacity of [best.total, Math.max(0, best.total - 1), Math.ceil(best.total / 2)])
      judgeCapacity(planner, {problem, alignment, capacity}, count);
  }
  for (const other of variants(problem, alignment)) {
    const again = planOf(planner, other.problem, other.alignment ? {alignment: other.alignment} : {}, count);
    if (again === undefined) throw new Wrong('inconsistent', `${other.name}: refused`);
    const {scale} = other;
    const scaled = best && {...best, cost: best.cost * scale, total: best.total * scale};
    try {
      judgePlan(new Rules(other.problem, other.alignment), other.problem, again, scaled, count);
    } catch (error) {
      if (error instanceof Wrong) throw new Wrong(error.kind, `${other.name}: ${error.message}`);
      throw error;
    }
  }
}

/** Undefined where the statement is refused. */
function planOf(
  planner: Planner,
  problem: Problem,
  options: {alignment?: number; capacity?: number; nodeLimit?: number; seed?: number},
  count: (what: string) => void,
): Plan | undefined {
  try {
    return planner.plan(problem, options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    count('refused');
    return undefined;
  }
}

function judgePlan(
  rules: Rules,
  problem: Problem,
  plan: Plan,
  best: Best | undefined,
  count: (what: string) => void,
): void {
  const {status, peak, lowerBound, cost = 0, costBound = 0} = plan;
  const fits = status === 'optimal' || status === 'feasible';
  count(status);
  if (plan.inPlace?.length) count('in place');
  if ((plan.arenas?.length ?? 1) > 1) count('in several arenas');
  if (fits) {
    const faults = rules.faults(placedOf(problem, plan));
    if (faults.length > 0) throw new Wrong('invalid plan', faults.join('; '));
    const figures = figuresOf(rules, placedOf(problem, plan));
    if (figures.total !== peak || figures.cost !== cost)
      throw new Wrong('wrong figures', `cost ${cost}, peak ${peak}; it is ${JSON.stringify(figures)}`);
  }
  if (best === undefined) {
    if (fits) throw new Wrong('brute force', `a valid plan, and brute force has none`);
    return;
  }
  if (status === 'infeasible')
    throw new Wrong('false infeasible', `infeasible, and ${summary(best)} is possible`);
  if (costBound > best.cost) throw new Wrong('false bound', `cost bound ${costBound}, possible ${best.cost}`);
  if (!fits) {
    if (lowerBound > best.total && cost >= best.cost)
      throw new Wrong('false bound', `bound ${lowerBound}, possible ${best.total}`);
    return;
  }
  if (cost < best.cost || (cost === best.cost && peak < best.total))
    throw new Wrong('brute force', `cost ${cost}, peak ${peak}, and brute force has ${summary(best)}`);
  if (cost === best.cost && lowerBound > best.total)
    throw new Wrong('false bound', `bound ${lowerBound}, possible ${best.total}`);
  if (status !== 'optimal') return;
  const isBest =
    cost === best.cost && peak === best.total && (plan.arenas?.length ?? best.arenas) === best.arenas;
  if (!isBest)
    throw new Wrong(
      'false optimal',
      `cost ${cost}, peak ${peak}, ${plan.arenas?.length ?? 1} arenas called optimal, and ${summary(best)} is possible`,
    );
}

/** A capacity that brute force can say all about. */
function judgeCapacity(
  planner: Planner,
  {problem, alignment, capacity}: {problem: Problem; alignment: number | undefined; capacity: number},
  count: (what: string) => void,
): void {
  const best = bestPlan(new Rules(problem, alignment, capacity));
  const options = {capacity, ...(alignment === undefined ? {} : {alignment})};
  const {status} = planner.plan(problem, options);
  count('capacities');
  const fits = status === 'optimal' || status === 'feasible';
  if (best && status === 'infeasible')
    throw new Wrong(
      'false infeasible',
      `capacity ${capacity} called too small, and ${summary(best)} is possible`,
    );
  if (!best && fits) throw new Wrong('false fit', `capacity ${capacity}: ${status}, and nothing fits`);
  if (best && !fits) count('capacities not decided');
}

/** The planner's verifier must judge plans as the rules do: the best, and one that is changed. */
function judgeVerify(
  planner: Planner,
  rules: Rules,
  {problem, alignment, plan}: {problem: Problem; alignment: number | undefined; plan: Plan},
  best: Best | undefined,
): void {
  const options = alignment === undefined ? {} : {alignment};
  const random = seeded(problem.buffers.length + Math.trunc(plan.peak || 0));
  const plans = best ? [best.plan, changed(best.plan, random), changed(best.plan, random)] : [];
  for (const placed of plans) {
    const faults = rules.faults(placed);
    const found = planner.verify(problem, told(problem, placed), options);
    if (faults.length === 0 && found.length > 0)
      throw new Wrong('verify is too strict', `${JSON.stringify(found[0])}: ${JSON.stringify(placed)}`);
    if (faults.length > 0 && found.length === 0)
      throw new Wrong('verify is too lax', `${faults[0]}: ${JSON.stringify(placed)}`);
  }
}

function changed({offsets, arenas}: Placed, random: (n: number) => number): Placed {
  const i = random(offsets.length);
  return {offsets: offsets.with(i, random(14)), arenas};
}

/** A plan as `verify` takes it. */
function told(problem: Problem, {offsets, arenas}: Placed) {
  if (!problem.pools && !problem.separate && !problem.scopes) return {offsets};
  const names = [...new Set(arenas.map(([pool, number]) => `${pool} ${number}`))];
  return {
    offsets,
    arenaOf: arenas.map(([pool, number]) => names.indexOf(`${pool} ${number}`)),
    arenas: names.map(name => ({pool: Number(name.split(' ')[0])})),
  };
}

function placedOf({buffers}: Problem, {offsets, arenas, arenaOf}: Plan): Placed {
  const places = buffers.map((_, i): [number, number] => {
    if (!arenas) return [0, 0];
    const arena = arenaOf![i]!;
    const pool = arenas[arena]?.pool ?? -1;
    return [pool, arenas.slice(0, arena).filter(other => other.pool === pool).length];
  });
  return {offsets: [...offsets], arenas: places};
}

function figuresOf(rules: Rules, {offsets, arenas}: Placed): {cost: number; total: number} {
  const peaks = new Map<string, number>();
  let cost = 0;
  rules.buffers.forEach(({size}, i) => {
    if (!rules.isLive(i)) return;
    const name = arenas[i]!.join(' ');
    peaks.set(name, Math.max(peaks.get(name) ?? 0, offsets[i]! + size));
    cost += rules.costIn(i, rules.pools[arenas[i]![0]]!);
  });
  return {cost, total: [...peaks.values()].reduce((sum, peak) => sum + peak, 0)};
}

function summary({cost, total, arenas, plan}: Best): string {
  return `cost ${cost}, ${total} bytes, ${arenas} arenas (${plan.offsets})`;
}

/** A problem around a known plan: valid plans, and no bound or proof against what is known. */
function judgeAround(planner: Planner, {problem}: Case, known: Placed, count: (what: string) => void): void {
  const rules = new Rules(problem);
  // a smaller case may have lost the plan
  if (rules.faults(known).length > 0) return;
  const {cost, total} = figuresOf(rules, known);
  const strict = planner.verify(problem, told(problem, known));
  if (strict.length > 0) throw new Wrong('verify is too strict', JSON.stringify(strict[0]));
  const bound = planner.lowerBound(problem);
  if (bound > total) throw new Wrong('false bound', `bound ${bound}, possible ${total}`);
  const asked = problem.pools ? {} : {capacity: total};
  for (const [k, one] of [problem, permuted(problem)].entries()) {
    const plan = planOf(planner, one, {nodeLimit: NODES, seed: k + 1, ...asked}, count);
    if (plan === undefined) throw new Wrong('false refusal', `refused, and ${total} bytes are possible`);
    const name = k === 0 ? '' : 'permuted: ';
    count(`around: ${plan.status}`);
    if (plan.status === 'infeasible')
      throw new Wrong('false infeasible', `${name}${total} bytes are possible`);
    if (plan.status === 'unknown') continue;
    const faults = new Rules(one).faults(placedOf(one, plan));
    if (faults.length > 0) throw new Wrong('invalid plan', `${name}${faults.join('; ')}`);
    const own = plan.cost ?? 0;
    if ((plan.costBound ?? 0) > cost)
      throw new Wrong('false bound', `${name}cost ${plan.costBound}, possible ${cost}`);
    if (own >= cost && plan.lowerBound > total)
      throw new Wrong('false bound', `${name}bound ${plan.lowerBound}, possible ${total}`);
    if (plan.status === 'optimal' && (own > cost || (own === cost && plan.peak > total)))
      throw new Wrong('false optimal', `${name}${plan.peak} called optimal, ${total} is possible`);
  }
}
