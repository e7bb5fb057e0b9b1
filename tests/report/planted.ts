/** A recording whose names try to become markup, and its report. */
import {loadPlannerSync} from '../../bindings/index.ts';
import {makeReport, type Report} from '../../bindings/report.ts';
import {FREE, MALLOC, stepProblem, TraceBuilder, WRITE} from '../../bindings/trace.ts';

/** Texts that must never become an element, an attribute or the end of one. */
export const MARKUP = `"><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>]]></style></title><!--\u0000`;

export function plantedReport(): Report {
  const builder = new TraceBuilder('test');
  const device = builder.device(`cuda:${MARKUP}`);
  for (let i = 0; i < 12; i++) {
    const operation = builder.operation(`${MARKUP} ${i}`);
    builder.add({kind: MALLOC, device, address: 4096 * (i + 1), bytes: 1000 + i, time: 10 * i, operation});
    builder.add({kind: WRITE, device, address: 4096 * (i + 1), bytes: 1000 + i, time: 10 * i + 1, operation});
    builder.add({kind: WRITE, device, address: 4096 * (i + 1), bytes: 1000 + i, time: 10 * i + 2, operation});
  }
  for (let i = 0; i < 12; i++)
    builder.add({kind: FREE, device, address: 4096 * (i + 1), bytes: 1000 + i, time: 200 + i, operation: 0});
  const trace = builder.build();
  const step = stepProblem(trace);
  const planner = loadPlannerSync();
  const problem = {...step.problem, ids: step.problem.ids!.map(id => `${MARKUP}${id}`)};
  return makeReport({
    file: `${MARKUP}.json`,
    format: 'event-log',
    problem,
    plan: planner.plan(problem),
    bounds: planner.bounds(problem),
    trace,
    step,
    warnings: [MARKUP],
    behaviour: {outlierTime: 1, outlierBytes: 1},
  });
}
