/** The server of offsets: what it hands out, records, widens, plans and refuses. */
import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';
import fc from 'fast-check';
import {has} from '../requirements.ts';
import {share} from '../share.ts';
import {checked, PLAIN, serverProgram} from './server-program.ts';
import {type Allocation, anyCase, commandsOf, UNCHANGED, Writer} from './server-scripts.ts';

function programFor(t: TestContext): string | undefined {
  return has(t, 'cc', 'linux') ? serverProgram(PLAIN) : undefined;
}

/** Cases in one run of the driver: starting it takes longer than most cases. */
const BATCH = 10;
/** Milliseconds after which a counterexample is no longer shrunk. */
const LONGEST = 60_000;

test('no two live blocks share a byte, whatever differs, is planned again, moved or declined', t => {
  const program = programFor(t);
  if (!program) return;
  let [served, plans] = [0, 0];
  const property = fc.property(fc.array(anyCase, {minLength: 1, maxLength: BATCH, size: 'max'}), cases => {
    const {model} = checked(program, cases.flatMap(commandsOf));
    served += model.served;
    plans += model.plans;
  });
  fc.assert(property, {seed: 1, numRuns: share(60), interruptAfterTimeLimit: LONGEST});
  t.diagnostic(`${served} blocks served, ${plans} plans`);
  assert.ok(served > share(20_000) && plans > share(300));
});

/** Rows that end within their iteration. */
const ending = (rows: readonly Allocation[]) => rows.map(({life}, i) => i + life <= rows.length);

test('an unchanged iteration is served whole once it is planned, and again after changed ones', t => {
  const program = programFor(t);
  if (!program) return;
  const property = fc.property(anyCase, ({iterations, ...task}) => {
    const writer = new Writer(task);
    for (let i = 0; i <= task.warm; i++) writer.run(task.rows, UNCHANGED);
    writer.commands.push('plan 0');
    const unchanged = [writer.run(task.rows, UNCHANGED)];
    for (const iteration of iterations) writer.run(task.rows, {...iteration, signature: 0});
    writer.release(0);
    unchanged.push(writer.run(task.rows, UNCHANGED), writer.run(task.rows, UNCHANGED));
    const {answers} = checked(program, writer.commands);
    const isPlanned = ending(task.rows);
    for (const [row, command] of unchanged.flat())
      assert.equal(answers[command] !== '-', isPlanned[row], `row ${row}: ${answers[command]}`);
  });
  fc.assert(property, {seed: 2, numRuns: share(300), interruptAfterTimeLimit: LONGEST});
});
