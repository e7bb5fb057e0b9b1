/** `npm run bench -- features`: what goes beyond sizes and lifetimes, a table each, beside the obvious plan. */
import {formatCount} from '../../bindings/model/quantities.ts';
import {inSeconds, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {fit} from './fit.ts';
import {order} from './order.ts';
import {sizes} from './sizes.ts';
import {stay} from './stay.ts';
import {streams} from './streams.ts';
import {symbolic} from './symbolic.ts';
import type {FeatureBench, FeatureRow, FeatureTable} from './table.ts';

const CAPABILITIES: Readonly<Record<string, FeatureBench>> = {
  streams,
  sizes,
  symbolic,
  order,
  fit,
  stay,
};

const HEAD = [
  'instance',
  'n',
  'bound',
  'peak',
  'proven',
  'obvious',
  'obvious/peak',
  'min s',
  'median s',
  'note',
];

/** Each table has the instances whose names match, as `TABLE/INSTANCE`. */
export async function benchFeatures({only}: BenchOptions): Promise<void> {
  const began = performance.now();
  console.log('features: bytes; seconds are those of planning with its verification');
  for (const [name, bench] of Object.entries(CAPABILITIES)) {
    // a table whose own name matches has all of its instances
    const table = await bench(only.test(name) ? /(?:)/ : only);
    if (table.rows.length > 0) print(name, table);
  }
  console.log(`${((performance.now() - began) / 1000).toFixed(0)} s in all\n`);
}

function print(name: string, {title, baseline, rows}: FeatureTable): void {
  console.log(`${name}: ${title}; the obvious plan: ${baseline}`);
  printTable(HEAD, rows.map(cellsOf));
}

function cellsOf({
  instance,
  n,
  bound,
  peak,
  proven,
  baseline,
  seconds,
  note = '',
}: FeatureRow): (string | number)[] {
  const ratio = peak > 0 ? (baseline / peak).toFixed(3) : '-';
  return [
    instance,
    n,
    formatCount(bound),
    formatCount(peak),
    proven ? 'yes' : 'no',
    formatCount(baseline),
    ratio,
    inSeconds(seconds.min),
    inSeconds(seconds.median),
    note,
  ];
}
