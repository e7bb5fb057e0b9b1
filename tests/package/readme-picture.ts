/**
 * The README's picture: one training step of ResNet-50 as a model of PyTorch's caching allocator places it, and as it is
 * planned, on one scale.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {loadPlannerSync, type Plan} from '../../bindings/index.ts';
import type {BoxLayer, Picture, RuleLayer} from '../../bindings/pictures/picture.ts';
import {makeReport, pictureStyle, type Report, renderSvg} from '../../bindings/report.ts';
import {chooseDevice, findIterations, importFile, stepProblem} from '../../bindings/trace.ts';

const EXAMPLE = 'examples/resnet50.training.json.gz';
/** Pixels of each panel, and of the line of text above both. */
const WIDTH = 470;
const HEADING = 28;

/** The SVG: the same text on every machine. `root` is the project's folder. */
export async function readmePicture(root: string): Promise<string> {
  const {trace, format} = await importTrace(root);
  const step = stepProblem(trace);
  const {problem} = step;
  const planner = loadPlannerSync();
  const plan = planner.plan(problem, {nodeLimit: 1e6});
  const bounds = planner.bounds(problem);
  const report = makeReport({file: EXAMPLE, format, problem, plan, bounds, trace, step, warnings: []});
  const {iterations} = findIterations(trace, chooseDevice(trace));
  const {firstEvent} = iterations.find(({number}) => number === step.iteration)!;
  return sideBySide(report, plan, firstEvent);
}

async function importTrace(root: string) {
  const imported = await importFile({name: EXAMPLE, data: readFileSync(join(root, EXAMPLE))});
  if (imported.kind !== 'trace') throw new Error(`${EXAMPLE} is not a trace`);
  return imported;
}

function sideBySide({pictures, needs}: Report, plan: Plan, firstEvent: number): string {
  const pictureOf = (name: string) => pictures.find(picture => picture.name === name)!;
  const {reserved} = needs!.models[0]!.most;
  const packing = pictureOf('packing');
  const modelled = pictureOf('model-addresses');
  const axes = {
    x: {...packing.x, label: 'allocations and frees of one training step, in order'},
    y: {...packing.y, label: 'address', domain: [0, reserved * 1.08]},
  } as const;
  const unnamed = ({series}: Picture) => series.map(one => ({...one, name: ''})); // no legend
  const boxes = modelled.layers[0] as BoxLayer;
  const shifted = {...boxes, x0: shiftedBy(boxes.x0, firstEvent), x1: shiftedBy(boxes.x1, firstEvent)};
  const panels = [
    {
      ...modelled,
      ...axes,
      series: unnamed(modelled).map(one => ({...one, colour: 7})),
      layers: [shifted, level(reserved, `${mib(reserved)} reserved`)],
    },
    {
      ...packing,
      ...axes,
      series: unnamed(packing),
      layers: [packing.layers[0]!, level(plan.peak, isOptimal(plan) ? 'peak = lower bound' : 'peak')],
    },
  ].map(panel => renderSvg(panel, {width: WIDTH, plotHeight: 260, isAlone: false}));
  return framed(panels, [
    `PyTorch's caching allocator (a model): ${mib(reserved)}`,
    `The plan: ${mib(plan.peak)}${isOptimal(plan) ? ', proven optimal' : ''}`,
  ]);
}

function framed(panels: readonly string[], titles: readonly string[]): string {
  const height = HEADING + Math.max(...panels.map(panel => Number(/ height="([\d.]+)"/.exec(panel)![1])));
  const size = `width="${panels.length * WIDTH}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="picture" ${size} viewBox="0 0 ${panels.length * WIDTH} ${height}">`,
    `<style>${pictureStyle()}</style>`,
    `<rect class="paper" ${size}/>`,
    ...titles.map(
      (title, i) =>
        `<text class="ink" x="${i * WIDTH + 12}" y="20" font-size="15" font-weight="600">${title}</text>`,
    ),
    ...panels.map((panel, i) => panel.replace('<svg ', `<svg x="${i * WIDTH}" y="${HEADING}" `)),
    '</svg>\n',
  ].join('\n');
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const isOptimal = ({status}: Plan) => status === 'optimal';
const shiftedBy = (positions: Float64Array, by: number) => positions.map(position => position - by);
const level = (at: number, text: string): RuleLayer => ({kind: 'rules', rules: [{axis: 'y', at, text}]});
