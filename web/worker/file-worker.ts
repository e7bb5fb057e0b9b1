/** The worker of one opened file: it alone holds what was read, and answers what the page asks of it. */
import type {LedgerDiff} from '../../bindings/compare/index.ts';
import {formatBytes} from '../../bindings/model/quantities.ts';
import type {PackingInput} from '../../bindings/pictures/index.ts';
import {type Imported, importFile} from '../../bindings/trace.ts';
import {Board, type Face, type PaintRequest, type ProbeRequest} from '../canvas/board.ts';
import {type ItemCount, type ItemQuery, type ItemRow, Items} from '../document/items.ts';
import {nextPeak} from '../document/peaks.ts';
import {type Before, packingOf, recordedChoice, type TaskOptions} from '../document/plan-task.ts';
import {modelledState, recordedState} from '../document/segments.ts';
import {firstDevice, type Subject, subjectOf} from '../document/subject.ts';
import type {CallContext} from '../rpc.ts';
import {activePicture, DEFAULT_LARGEST} from '../views/active.ts';
import {allocatorStatePicture} from '../views/allocator-state.ts';
import {behaviourOf} from '../views/behaviour.ts';
import type {Colouring} from '../views/colouring.ts';
import {differencePicture} from '../views/difference.ts';
import {beforePicture, planPicture} from '../views/plan.ts';
import {compare, ledgerOf, type SentLedger} from './comparing.ts';
import {
  type Exported,
  exportPlan,
  exportPng,
  exportReport,
  exportSvg,
  exportTable,
  exportText,
} from './exports.ts';
import {detailsOf} from './item-details.ts';
import type {
  BehaviourFaces,
  ExportRequest,
  MemoryRequest,
  Opened,
  OpenRequest,
  SubjectInfo,
} from './messages.ts';
import {type PlanRequest, Plans} from './plans.ts';

export class Session {
  readonly #board = new Board();
  #name = '';
  #imported: Imported | undefined;
  #seconds = 0;
  #device = 0;
  #subject: Subject | undefined;
  #items: Items | undefined;
  #plans: Plans | undefined;
  #offsets: Float64Array = new Float64Array(0);
  #port: MessagePort | undefined;

  readonly methods = {
    open: (request: OpenRequest, {tell}: CallContext) => this.#open(request, tell),
    choose: ({device}: {readonly device: number}) => this.#choose(device),
    connect: ({port}: {readonly port: MessagePort}) => this.#connect(port),
    memory: (request: MemoryRequest) => this.#memory(request),
    prepare: (options: TaskOptions) => this.plans.prepare(options),
    plan: ({isBase, ...request}: PlanRequest & {readonly isBase: boolean}, {tell}: CallContext) =>
      this.#plan(request, isBase, tell),
    recover: (request: PlanRequest) => this.plans.recover(request),
    planFace: ({capacity}: {readonly capacity: number | undefined}) => this.#planFace(capacity),
    beforeFace: ({kind}: {readonly kind: Before['kind'] | 'base'}) => this.#beforeFace(kind),
    replay: ({text, capacity}: {readonly text: string; readonly capacity: number | undefined}) =>
      this.plans.replay(text, capacity),
    trySettings: ({text, capacity}: {readonly text: string; readonly capacity: number | undefined}) =>
      this.plans.trySettings(text, capacity),
    explain: ({top}: {readonly top: number}) => this.plans.explain(top),
    allocatorState: (request: {readonly moment: number; readonly colouring: Colouring}) =>
      this.#state(request),
    behaviour: () => this.#behaviour(),
    ledger: (): SentLedger => ledgerOf(this.imported, this.plans),
    compare: ({before}: {readonly before: SentLedger}) => this.#compare(before),
    paint: (request: PaintRequest) => this.#board.paint(request),
    probe: (request: ProbeRequest) => this.#board.probe(request),
    highlight: (request: {readonly key: string; readonly item: number}) => this.#board.highlight(request),
    rows: (request: {readonly key: string; readonly from: number; readonly count: number}) =>
      this.#board.rows(request),
    find: (query: ItemQuery): ItemCount => this.items.find(query, this.#offsets),
    items: ({from, count}: {readonly from: number; readonly count: number}): ItemRow[] =>
      this.items.rows(from, count, item => this.#offsets[item] ?? Number.NaN),
    placeOf: ({item}: {readonly item: number}) => this.items.placeOf(item),
    details: ({item}: {readonly item: number}) =>
      detailsOf(this.subject, this.#plans, this.items.rowOf(item, this.#offsets[item] ?? Number.NaN)),
    peak: ({moment, direction}: {readonly moment: number | undefined; readonly direction: 1 | -1}) =>
      nextPeak(this.subject, moment, direction),
    export: (request: ExportRequest) => this.#export(request),
  };

  get subject(): Subject {
    this.#subject ??= subjectOf(this.imported, this.#device);
    return this.#subject;
  }

  get imported(): Imported {
    if (!this.#imported) throw new Error('nothing is open');
    return this.#imported;
  }

  get items(): Items {
    this.#items ??= new Items(this.subject);
    return this.#items;
  }

  get plans(): Plans {
    if (!this.#plans) {
      this.#plans = new Plans(this.imported, this.#device);
      if (this.#port) this.#plans.connect(this.#port);
    }
    return this.#plans;
  }

  async #open({name, blob, url}: OpenRequest, tell: CallContext['tell']): Promise<Opened> {
    const began = performance.now();
    let told = 0;
    const data = blob ?? (await fetched(url!));
    const imported = await importFile(
      {name, data},
      {
        onProgress: bytes => {
          // the page need not hear of every chunk
          if (bytes - told < 1 << 20) return;
          told = bytes;
          tell(bytes);
        },
      },
    );
    this.#name = name;
    this.#imported = imported;
    this.#device = firstDevice(imported);
    this.#seconds = (performance.now() - began) / 1000;
    const isTrace = imported.kind === 'trace';
    return {
      format: imported.format,
      kind: imported.kind,
      devices: isTrace ? imported.trace.devices.map(device => device.name) : [],
      device: this.#device,
      isCuda: isTrace && imported.trace.cuda !== undefined,
      hasOperations: isTrace ? imported.trace.operations.length > 1 : imported.operations !== undefined,
      seconds: this.#seconds,
      warnings: isTrace ? imported.trace.warnings : imported.warnings,
    };
  }

  #choose(device: number): SubjectInfo {
    if (device !== this.#device) {
      this.#device = device;
      this.#subject = undefined;
      this.#items = undefined;
      this.#plans = undefined;
      this.#offsets = new Float64Array(0);
    }
    const {own, moments, live, at, persistent, iterations} = this.subject;
    let peak = 0;
    for (let i = 1; i < live.length; i++) if (live[i]! > live[peak]!) peak = i;
    const cuda = this.imported.kind === 'trace' ? this.imported.trace.cuda : undefined;
    const reserved = cuda?.devices[device]?.reserved;
    return {
      items: own.length,
      moments,
      peak: live[peak] ?? 0,
      peakMoment: at[peak] ?? 0,
      persistent,
      reserved: reserved && reserved.most > 0 ? reserved : undefined,
      iterations: iterations.iterations.map(({number, whole}) => ({number, isWhole: whole})),
      iterationSource: iterations.source,
      hasSegments: cuda?.segments.some(segment => segment.device === device) ?? false,
      failedRequests:
        cuda?.outOfMemory.filter(({entry}) => cuda.entries.device[entry] === device).length ?? 0,
    };
  }

  #connect(port: MessagePort): void {
    this.#port = port;
    this.#plans?.connect(port);
  }

  #memory({colouring, capacity}: MemoryRequest): Face {
    const isTicks = this.imported.kind === 'problem';
    const levels =
      capacity === undefined ? [] : [{bytes: capacity, text: `capacity ${formatBytes(capacity)}`}];
    const options = {colouring, largest: DEFAULT_LARGEST, levels, isTicks};
    return this.#board.set('memory', activePicture(this.subject, options));
  }

  async #plan(request: PlanRequest, isBase: boolean, tell: CallContext['tell']) {
    const info = await this.plans.solve(request, isBase, tell);
    this.#offsets = this.plans.offsetsByItem(this.subject.count);
    return info;
  }

  /** Undefined while there is no plan with offsets. */
  #planFace(capacity: number | undefined): Face | undefined {
    const input = this.#packing(capacity);
    return input && this.#board.set('plan', planPicture(this.plans.task!, input));
  }

  #packing(capacity: number | undefined): PackingInput | undefined {
    const {task, plan, bounds} = this.plans;
    return task && plan && plan.offsets.length > 0 ? packingOf(task, plan, bounds, capacity) : undefined;
  }

  #beforeFace(kind: Before['kind'] | 'base'): Face | undefined {
    const before = this.plans.before(kind);
    const input = this.#packing(undefined);
    return before && input && this.#board.set('before', beforePicture(this.plans.task!, input, before));
  }

  #state({moment, colouring}: {readonly moment: number; readonly colouring: Colouring}): Face | undefined {
    if (this.imported.kind === 'problem') return undefined;
    const {trace} = this.imported;
    const state = recordedState(trace, this.#device, this.subject, moment) ?? this.#modelled(moment);
    return this.#board.set('allocator', allocatorStatePicture(state, this.subject, moment, colouring));
  }

  #modelled(moment: number) {
    const {requests, itemOf} = this.plans.requests();
    const {settings} = recordedChoice(this.imported);
    return modelledState(requests, settings, moment, block => itemOf[block]!);
  }

  #behaviour(): BehaviourFaces {
    const {pictures, lines} = behaviourOf(this.imported, this.#device, this.subject.iterations);
    return {
      lines,
      pictures: pictures.map(picture => ({key: picture.name, face: this.#board.set(picture.name, picture)})),
    };
  }

  #compare(before: SentLedger): {readonly diff: LedgerDiff; readonly face: Face | undefined} {
    const diff = compare(before, ledgerOf(this.imported, this.plans));
    const picture = differencePicture(diff);
    return {diff, face: picture && this.#board.set('difference', picture)};
  }

  async #export({kind, key, capacity, theme}: ExportRequest): Promise<Exported> {
    const origin = {file: this.#name, format: this.imported.format, importSeconds: this.#seconds, capacity};
    if (kind === 'svg') return exportSvg(this.#board.get(key));
    if (kind === 'png') return exportPng(this.#board.get(key), theme);
    if (kind === 'table') return exportTable(this.#board.get(key));
    if (kind === 'items') {
      const lines = this.items.csv(item => this.#offsets[item] ?? Number.NaN);
      return exportText('buffers.csv', 'text/csv', lines);
    }
    if (kind === 'report') return exportReport(this.imported, this.plans, origin);
    return exportPlan(kind === 'plan-csv' ? 'csv' : 'json', this.plans, origin);
  }
}

async function fetched(url: string): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(url);
  if (!response.ok || !response.body)
    throw new Error(`the server does not give the file: ${response.status}`);
  return response.body;
}
