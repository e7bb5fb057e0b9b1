/** Campaign `inputs`: whatever bytes come, a reader returns a sound result or refuses them, soon and in little memory. */
import type {Random} from '../../random.ts';
import {type Campaign, entry, type Verdict} from '../campaign.ts';
import {BOMBS} from './bombs.ts';
import {changed, zipped, zstandard} from './bytes.ts';
import {written} from './grammar.ts';
import {judgeGrowth} from './growth.ts';
import {judgeBytes, type Reader} from './judge.ts';
import {seeds} from './seeds.ts';

/** Bytes in base64, or a bomb by name and size. */
type InputCase =
  | {readonly from: string; readonly bytes: string; readonly reader: Reader; readonly chunk: number}
  | {readonly bomb: string; readonly n: number};

/** One case in so many is a bomb, which takes as long as they do. */
const BOMB_ONE_IN = 5000;
const LEAST_N = 1 << 10;
const MOST_CASE_BYTES = 256 << 10;
const NAMES = Object.keys(BOMBS);

function open(): Campaign<InputCase> {
  const all = seeds();
  return {limitSeconds: 200, draw: (random, number) => draw(random, number), judge, smaller};

  function draw(random: Random, number: number): InputCase {
    if (number % BOMB_ONE_IN === BOMB_ONE_IN - 1) return drawBomb(random, Math.floor(number / BOMB_ONE_IN));
    const seed = all[random(all.length)]!;
    const file = random(3) === 0 ? written(random) : seed;
    const isChanged = file === seed || random(3) === 0;
    let bytes = isChanged ? changed(random, file.bytes, all[random(all.length)]!.bytes) : file.bytes;
    if (random(60) === 0) bytes = random(2) ? zipped(random, bytes) : zstandard(random, bytes);
    const reader =
      file.format === 'plan' || random(40) === 0
        ? random(3)
          ? 'plan'
          : 'totals'
        : random(8)
          ? 'import'
          : 'strict';
    return {
      from: file.format,
      bytes: Buffer.from(bytes.subarray(0, MOST_CASE_BYTES)).toString('base64'),
      reader,
      // small chunks take long
      chunk:
        random(4) === 0 ? [Math.ceil(bytes.length / 50), Math.ceil(bytes.length / 3), 4096][random(3)]! : 0,
    };
  }
}

/** All bombs in turn, each of another size every time. */
function drawBomb(random: Random, turn: number): InputCase {
  const bomb = NAMES[turn % NAMES.length]!;
  const {most} = BOMBS[bomb]!;
  const doublings = Math.log2(most / LEAST_N);
  const n = Math.round(LEAST_N * 2 ** ((doublings * (50 + random(51))) / 100));
  return {bomb, n: Math.max(1, Math.floor(n / 2))};
}

function judge(drawn: InputCase): Promise<Verdict> {
  if ('bomb' in drawn) return judgeGrowth(drawn.bomb, drawn.n);
  return judgeBytes(new Uint8Array(Buffer.from(drawn.bytes, 'base64')), drawn);
}

/** Without a part, halves first; a bomb of half the size. */
function* smaller(drawn: InputCase): Generator<InputCase> {
  if ('bomb' in drawn) {
    if (drawn.n > 1) yield {...drawn, n: Math.floor(drawn.n / 2)};
    return;
  }
  if (drawn.chunk > 0) yield {...drawn, chunk: 0};
  const bytes = Buffer.from(drawn.bytes, 'base64');
  for (
    let length = Math.ceil(bytes.length / 2);
    length >= 1;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  )
    for (let at = 0; at < bytes.length; at += length)
      yield {
        ...drawn,
        bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]).toString('base64'),
      };
}

export const INPUTS = entry({
  name: 'inputs',
  about: 'files of every format, changed and made to take long: read, or refused with a place',
  short: 3000,
  open,
});
