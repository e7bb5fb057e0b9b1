/** A faulty solver: `node peer.js MODE IN OUT`. The bench must detect the fault of each mode. */
import {spawn} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';

const [mode, input, output] = process.argv.slice(2);
const [head, ...rows] = readFileSync(input, 'utf8').trim().split('\n');
const sizes = rows.map(row => Number(row.split(',')[3]));

/** Every buffer above the last: valid, and as high as can be. */
function stacked() {
  let top = 0;
  return sizes.map(size => {
    const offset = top;
    top += size;
    return offset;
  });
}

const csv = offsets => [`${head},offset`, ...rows.map((row, i) => `${row},${offsets[i]}`), ''].join('\n');

const MODES = {
  stack: () => writeFileSync(output, csv(stacked())),
  // by the name of each buffer, in another order than they came
  backwards: () => {
    const [first, ...others] = csv(stacked()).trim().split('\n');
    writeFileSync(output, [first, ...others.reverse(), ''].join('\n'));
  },
  overlap: () => writeFileSync(output, csv(sizes.map(() => 0))),
  short: () => writeFileSync(output, `${head},offset\n${rows[0]},0\n`),
  unnamed: () => writeFileSync(output, 'id,place\n0,0\n'),
  garbage: () => writeFileSync(output, Buffer.from([0, 255, 254, 10, 13, 7])),
  silent: () => {},
  failing: () => {
    console.error('out of ideas');
    process.exit(3);
  },
  // a grandchild hangs, too; the test looks for its id
  hanging: () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'inherit'});
    writeFileSync(process.env.HANGING, String(child.pid));
    setInterval(() => {}, 1000);
  },
};
MODES[mode]();
