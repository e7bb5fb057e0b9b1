/** Programs with the flags and the output of solvers that the bench finds on the PATH: `named-peer.js NAME FLAG …`. */
import {readFileSync, writeFileSync} from 'node:fs';

const [name, ...flags] = process.argv.slice(2);

function rowsOf(file) {
  const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  return rows.map(row => row.split(',').map(Number));
}

const PROGRAMS = {
  minimalloc: () => {
    const {capacity, timeout, input, output} = Object.fromEntries(
      flags.map(flag => flag.slice(2).split('=')),
    );
    if (!(Number(capacity) > 0 && /^[\d.]+s$/.test(timeout))) throw new Error('no capacity or no timeout');
    let top = 0;
    const rows = rowsOf(input).map(([id, lower, upper, size]) => {
      top += size;
      return `${id},${lower},${upper},${size},${top - size}\n`;
    });
    process.stderr.write('0.012');
    writeFileSync(output, `id,lower,upper,size,offset\n${rows.join('')}`);
  },
  idealloc: () => {
    const rows = rowsOf(flags[flags.indexOf('-i') + 1]);
    if (!flags.includes('ex-csv')) throw new Error('expected the format ex-csv');
    if (rows.some(([, lower, upper]) => upper - lower < 2)) throw new Error('a lifetime below 2');
    const peak = rows.reduce((sum, [, , , size]) => sum + size, 0);
    process.stdout.write(`Total allocation time: 1500 μs\nMakespan:\t${peak} bytes\nLOAD:\t\t1 bytes\n`);
  },
};
PROGRAMS[name]();
