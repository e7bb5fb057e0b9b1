/** `stowage order`: the order of a model's operators whose plan is smallest, and the model in that order. */
import type {Command} from 'commander';
import {formatBytes, formatCount} from '../../model/quantities.ts';
import {writeOperatorsJson} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {type Input, importOptions, readInput} from '../io/input.ts';
import {printJson, warn} from '../io/output.ts';
import {printerBeside, writeFileWhole} from '../io/output-file.ts';
import {type OrderingOptions, orderInput} from '../planning/order.ts';
import type {Ordered} from '../planning/ordered.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {orderJson, orderLines, runtimesOf} from '../text/order.ts';
import {checkOneOnStdout} from './form.ts';
import {type CommandContext, withBudget, withReading} from './options.ts';
import {parseAlignment} from './parse.ts';

export interface OrderCommandOptions extends OrderingOptions {
  readonly json?: boolean;
  readonly output?: string;
}

export function addOrderCommand(root: Command, {done, planner}: CommandContext): void {
  const order = root
    .command('order')
    .argument('<FILE>', 'a model (ONNX, TensorFlow Lite) or a problem of operators (JSON)')
    .description('choose the order of operators whose plan is smallest, and write the model in it')
    .option('--json', 'print one object of the stowage.order/1 contract')
    .option('--alignment <BYTES>', 'alignment of tensors that have none of their own', parseAlignment)
    .option('--in-place', 'let outputs of a model overwrite inputs that are not read later')
    .option(
      '-o, --output <FILE>',
      'file to write: the input in the order found, of the same length; the same bytes where the order in the file is kept',
    )
    .action(async (file: string, options: OrderCommandOptions) =>
      done(await orderCommand(file, options, planner)),
    );
  withBudget(withReading(order));
}

/** @returns the exit code. */
export async function orderCommand(
  file: string,
  options: OrderCommandOptions,
  source: PlannerSource,
): Promise<number> {
  checkOneOnStdout(options);
  const {output} = options;
  const input = await readInput(file, options, {keep: output !== undefined});
  const ordered = await orderInput(await source(), input, options);
  const warnings = [...warningsOf(input)];
  if (ordered.interrupted) warnings.push('interrupted: this is the best order found so far');
  if (output !== undefined) {
    const {pieces, warnings: more} = await written(input, ordered, options);
    await writeFileWhole(output, pieces);
    warnings.push(...more);
  }
  print(input, ordered, options, warnings);
  return ordered.interrupted ? EXIT.interrupted : EXIT.ok;
}

function warningsOf({imported}: Input): readonly string[] {
  return imported.kind === 'problem' ? imported.warnings : imported.trace.warnings;
}

interface Written {
  readonly pieces: Iterable<string | Uint8Array>;
  readonly warnings: readonly string[];
}

/** The input in the order found; its own bytes where that is the order in the file. */
async function written(
  {file, imported, bytes}: Input,
  {operators, result}: Ordered,
  options: OrderCommandOptions,
): Promise<Written> {
  if (result.isListed) return {pieces: [bytes!], warnings: []};
  const {onnxWithOrder, tfliteWithOrder} = await import('../../artifacts.ts');
  const format = imported.kind === 'problem' ? imported.format : '';
  try {
    if (format === 'tflite') {
      const {bytes: model, warnings} = await tfliteWithOrder(bytes!, result.order, {
        dropOwnPlan: options.dropOwnPlan === true,
      });
      return {pieces: [model], warnings};
    }
    if (format === 'onnx')
      return {pieces: [await onnxWithOrder(bytes!, result.order, importOptions(options))], warnings: []};
  } catch (error) {
    throw inputError(file, error);
  }
  if (format !== 'problem-json')
    throw new CliError(`${file}: -o: ${format} cannot be written in another order`, EXIT.usage);
  return {pieces: writeOperatorsJson(operators, result.order), warnings: []};
}

function print(
  {file, imported}: Input,
  ordered: Ordered,
  {json, output}: OrderCommandOptions,
  warnings: readonly string[],
): void {
  const format = imported.kind === 'problem' ? imported.format : '';
  const {operators, tensors} = ordered.operators;
  if (json) {
    printJson({
      schema: 'stowage.order/1',
      source: {file, format},
      operators: operators.length,
      tensors: tensors.length,
      order: orderJson(ordered),
      runtimes: runtimesOf(format) ?? null,
      output: output ?? null,
      seconds: ordered.result.seconds,
      warnings,
    });
    return;
  }
  for (const warning of warnings) warn(`${file}: ${warning}`);
  const {plan, isListed} = ordered.result;
  const lines = [
    `read         ${file}: ${format}`,
    `operators    ${formatCount(operators.length)}, with ${formatCount(tensors.length)} tensors`,
    ...(isListed ? [`peak         ${formatBytes(plan.peak)}`] : []),
    ...orderLines(ordered, format),
  ];
  for (const line of lines) printerBeside(output)(line);
}
