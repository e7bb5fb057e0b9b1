import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../bindings/model/problem.ts';
import {ImportError, importFile, openSource, readCsv, readPlanCsv, writeCsv} from '../../bindings/trace.ts';
import {checkProblem} from './check.ts';
import {dumpProblem} from './dump.ts';
import {bytesOf, example, importBytes, inChunks} from './inputs.ts';

interface Row {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly alignment?: number;
  readonly offset?: number;
  readonly gaps?: readonly (readonly [number, number])[];
}

function problemOf(rows: readonly Row[], rest: Partial<ProblemColumns> = {}): ProblemColumns {
  const gaps = rows.flatMap(row => row.gaps ?? []);
  let index = 0;
  return {
    count: rows.length,
    start: Uint32Array.from(rows, row => row.start),
    end: Uint32Array.from(rows, row => row.end),
    size: Float64Array.from(rows, row => row.size),
    alignment: Float64Array.from(rows, row => row.alignment ?? NO_ALIGNMENT),
    offset: Float64Array.from(rows, row => row.offset ?? NO_OFFSET),
    gapIndex: Uint32Array.from([0, ...rows.map(row => (index += row.gaps?.length ?? 0))]),
    gapStart: Uint32Array.from(gaps, gap => gap[0]),
    gapEnd: Uint32Array.from(gaps, gap => gap[1]),
    ...rest,
  };
}

async function read(
  text: string,
): Promise<{readonly problem: ProblemColumns; readonly warnings: readonly string[]}> {
  return readCsv(await openSource({name: 'unknown', data: bytesOf(text)}));
}

const planOf = async (text: string): ReturnType<typeof readPlanCsv> =>
  readPlanCsv(await openSource({name: 'unknown', data: bytesOf(text)}));

/** The message of the error, with its line. */
async function errorOf(text: string): Promise<string> {
  const error = await read(text).catch((reason: unknown) => reason);
  assert.ok(error instanceof ImportError, `${text}: ${error}`);
  assert.equal(error.format, 'csv');
  return `${error.line}: ${error.message}`;
}

test('the example is five buffers', async () => {
  const imported = await importBytes(example('five.csv'));
  assert.equal(imported.kind, 'problem');
  if (imported.kind !== 'problem') return;
  const {ids, count, start, end, size} = imported.problem;
  assert.deepEqual(ids, ['conv1', 'relu1', 'conv2', 'skip', 'fc']);
  assert.equal(count, 5);
  assert.deepEqual([...start], [0, 2, 4, 1, 7]);
  assert.deepEqual([...end], [3, 5, 8, 8, 9]);
  assert.deepEqual([...size], [4096, 4096, 2048, 1024, 6144]);
});

test('upper is exclusive, end is inclusive, and so are then the ends of gaps', async () => {
  const upper = await read('id,lower,upper,size,gaps\na,1,9,5,3-4 6-7\n');
  const end = await read('buffer_id,start,end,size,gaps\na,1,8,5,3-3 6-6\n');
  assert.match(
    end.warnings.join(),
    /^the column end was read as the last tick .*inclusive.*--end exclusive$/,
  );
  assert.deepEqual(upper.warnings, []);
  assert.deepEqual(dumpProblem(end.problem), dumpProblem(upper.problem));
  assert.deepEqual([...upper.problem.gapStart], [3, 6]);
  assert.deepEqual([...upper.problem.gapEnd], [4, 7]);
});

test('an option decides how ends are read, whatever the column is called', async () => {
  for (const name of ['end', 'End', 'upper']) {
    const data = bytesOf(`id,start,${name},size,gaps\na,0,2,100,\nb,2,6,100,4-5\n`);
    for (const [end, ends, gapEnd] of [
      ['exclusive', [2, 6], 5],
      ['inclusive', [3, 7], 6],
    ] as const) {
      const imported = await importFile({name: 'unknown', data}, {end});
      assert.ok(imported.kind === 'problem');
      assert.deepEqual([...imported.problem.end], ends);
      assert.deepEqual([...imported.problem.gapEnd], [gapEnd]);
      assert.deepEqual(imported.warnings, []);
    }
  }
  const touching = await read('id,start,end,size\na,0,2,1\nb,2,4,1\nc,4,6,1\n');
  assert.match(touching.warnings.join(), /2 × a buffer begins in the last tick of another/);
  const data = bytesOf('{"schema":"stowage.problem/1","buffers":[]}');
  await assert.rejects(
    importFile({name: 'unknown', data}, {end: 'inclusive'}),
    /end: only a CSV leaves open/,
  );
});

/** The warning of a table whose last row, on line 3, has no line break. */
const OPEN_LINE = 'line 3, the last one, has no line break: it may be cut, and its last number too small';

test('a plan whose last row has no line break says so', async () => {
  const {warnings} = await planOf('id,offset\na,8\nb,16');
  assert.deepEqual(warnings, [OPEN_LINE]);
});

test('semicolons, tabs, bars, names in capitals and quotes are read as the same table', async () => {
  const plain = await read('id,lower,upper,size,offset\nx,0,4,100,\nb c,2,6,50,7\n');
  for (const delimiter of [',', ';', '\t', '|'])
    for (const quote of ['', '"'])
      for (const eol of ['\n', '\r\n', '']) {
        const rows = [
          ['ID', 'Lower', 'UPPER', 'Size', 'Offset'],
          ['x', '0', '4', '100', ''],
          ['b c', '2', '6', '50', '7'],
        ].map(row => row.map(field => `${quote}${field}${quote}`).join(delimiter));
        const text = rows.join(eol || '\n') + eol;
        const {problem, warnings} = await read(text);
        assert.deepEqual(dumpProblem(problem), dumpProblem(plain.problem), text);
        // a quote that closes is the end of the last field
        assert.deepEqual(warnings, eol === '' && quote === '' ? [OPEN_LINE] : []);
        assert.equal((await importBytes(text)).format, 'csv');
      }
});

test('a quoted name keeps its delimiters, quotes and blanks, and is written so', async () => {
  const text = '"Buffer ID";"Start";"Upper";"Size"\n"conv;1, ""a""";"0";4;100\n " x " ;2;6;50\n"";0;1;1\n';
  await assert.rejects(read(text), /column id: expected a name, got none/);
  const {problem} = await read(text.slice(0, text.lastIndexOf('""')));
  assert.deepEqual(problem.ids, ['conv;1, "a"', ' x ']);
  const written = [...writeCsv(problem)].join('');
  assert.equal(written, 'id,lower,upper,size\n"conv;1, ""a""",0,4,100\n" x ",2,6,50\n');
  assert.deepEqual(dumpProblem((await read(written)).problem), dumpProblem(problem));
  const plan = await planOf('"id";"offset"\n"conv;1, ""a""";8\n');
  assert.deepEqual(plan, {ids: ['conv;1, "a"'], offsets: Float64Array.of(8)});
});

test('a last row that the end of the file cuts is left out with a warning; strict refuses it', async () => {
  const rows = 'id,lower,upper,size\na,0,4,100\n';
  for (const cut of ['b', 'b,2', 'b,2,6', 'b,2,6,', '"b']) {
    const {problem, warnings} = await read(rows + cut);
    assert.equal(problem.count, 1);
    assert.deepEqual(warnings, ['the file is cut short: it ends within line 3, which was left out']);
    const strict = importFile({name: 'unknown', data: bytesOf(rows + cut)}, {strict: true});
    await assert.rejects(strict, {name: 'ImportError', line: 3});
  }
  assert.match(await errorOf(`${rows}b,2\n`), /^3: expected 4 fields, got 2$/);
  assert.match(await errorOf(`${rows}b,x,6,1`), /^3: column lower/);
  assert.match(await errorOf('id,lower,upper,size\na,0,4'), /^2: expected 4 fields, got 3$/);
  await assert.rejects(planOf('id,offset\na,0\nb'), /expected 2 fields, got 1/);
});

test('gaps in any order, touching or empty, are the same set of ticks', async () => {
  const {problem} = await read('id,lower,upper,size,gaps\na,0,20,5,9-11  5-7 7-8 15-15 10-12\nb,0,5,5,\n');
  assert.deepEqual([...problem.gapIndex], [0, 2, 2]);
  assert.deepEqual([...problem.gapStart], [5, 9]);
  assert.deepEqual([...problem.gapEnd], [8, 12]);
});

test("ids that are the rows' indices are not kept, others are", async () => {
  const header = 'id,lower,upper,size\n';
  const idsOf = async (...ids: string[]): Promise<readonly string[] | undefined> =>
    (await read(header + ids.map(id => `${id},0,1,1\n`).join(''))).problem.ids;
  assert.equal(await idsOf('0', '1', '2'), undefined);
  assert.deepEqual(await idsOf('0', '1', '3'), ['0', '1', '3']);
  assert.deepEqual(await idsOf('0', '01'), ['0', '01']);
  assert.deepEqual(await idsOf('1', '0'), ['1', '0']);
  assert.deepEqual(await idsOf('x y', 'é'), ['x y', 'é']);
});

test('blanks, CRLF, a byte order mark and a missing last line break do not matter', async () => {
  const plain = await read('id,lower,upper,size\na,0,1,7\nb,1,2,8\n');
  for (const text of [
    '\ufeffid,lower,upper,size\r\na,0,1,7\r\nb,1,2,8\r\n',
    ' id , lower,upper ,size\t\na , 0,1 ,7  \n b,1,2,8',
    'id,lower,upper,size\na,0,1,7\nb,1,2,8\n\n\n',
  ]) {
    const result = await read(text);
    assert.deepEqual(dumpProblem(result.problem), dumpProblem(plain.problem));
    assert.deepEqual(result.warnings, text.endsWith('\n') ? [] : [OPEN_LINE]);
  }
});

test('rows of size 0 or length 0 keep their place', async () => {
  const {problem} = await read('id,lower,upper,size\n0,0,5,0\n1,3,3,9\n');
  assert.equal(problem.count, 2);
  assert.deepEqual([...problem.size], [0, 9]);
});

test('rows after an empty line are not read, with a warning', async () => {
  const {problem, warnings} = await read('id,lower,upper,size\n0,0,1,7\n\n1,0,1,7\n');
  assert.equal(problem.count, 1);
  assert.deepEqual(warnings, ['line 3 is empty and ends the table: later lines were not read']);
});

test('unknown columns are ignored with a warning, hints are kept', async () => {
  const {problem, warnings} = await read('id,lower,upper,size,colour,hint\n0,0,1,7,red,-1\n1,0,1,7,,64\n');
  assert.equal(problem.count, 2);
  assert.deepEqual(warnings, ['unknown columns ignored: colour']);
  assert.deepEqual([...problem.hint!], [-1, 64]);
});

test('an offset of -1, or none, is free; an alignment of none is none', async () => {
  const {problem} = await read(
    'id,lower,upper,size,offset,alignment\n0,0,1,7,-1,\n1,0,1,7,,8\n2,0,1,7,0,1\n',
  );
  assert.deepEqual([...problem.offset], [-1, -1, 0]);
  assert.deepEqual([...problem.alignment], [NO_ALIGNMENT, 8, 1]);
});

test('the largest numbers are exact, larger ones are refused', async () => {
  const {problem} = await read(
    'id,lower,upper,size,offset\n0,0,4294967295,9007199254740991,9007199254740991\n',
  );
  assert.equal(problem.size[0], Number.MAX_SAFE_INTEGER);
  assert.equal(problem.offset[0], Number.MAX_SAFE_INTEGER);
  assert.equal(problem.end[0], 0xffffffff);
  assert.match(
    await errorOf('id,lower,upper,size\n0,0,4294967296,1\n'),
    /^2: column upper: expected an integer from 0 to 4294967295, got 4294967296/,
  );
  assert.match(
    await errorOf('id,lower,end,size\n0,0,4294967295,1\n'),
    /^2: column upper: expected an integer from 0 to 4294967294/,
  );
  assert.match(await errorOf('id,lower,upper,size\n0,0,1,9007199254740992\n'), /^2: column size/);
});

test('errors name the line and the column', async () => {
  const header = 'id,lower,upper,size,alignment,offset,gaps\n';
  const cases: [string, RegExp][] = [
    [
      'id,lower,size\n',
      /^1: the column upper is missing; expected id, lower, upper, size, got id, lower, size$/,
    ],
    ['id,lower,upper,size,size\n', /^1: the column size is there twice$/],
    ['id,lower,start,upper,size\n', /^1: the column lower is there twice, as lower and start$/],
    ['\nid,lower,upper,size\n', /^1: the first line is empty/],
    [`${header}a,0,1,2\n`, /^2: expected 7 fields, got 4$/],
    [`${header}a,0,1,1,1,1,\nb,0,x,1,1,1,\n`, /^3: column upper: expected an integer .* got x$/],
    [`${header}a,-1,1,1,1,1,\n`, /^2: column lower: .* got -1$/],
    [`${header}a,1.5,1,1,1,1,\n`, /^2: column lower: .* got 1.5$/],
    [`${header}a,0,1,,1,1,\n`, /^2: column size: .* got nothing$/],
    [`${header}a,5,4,1,1,1,\n`, /^2: column upper: expected at least lower \(5\), got 4$/],
    [`${header}a,0,1,1,3,1,\n`, /^2: column alignment: expected a power of two, got 3$/],
    [`${header}a,0,1,1,0,1,\n`, /^2: column alignment: expected a power of two, got 0$/],
    [`${header}a,0,1,1,1,-2,\n`, /^2: column offset: .* got -2$/],
    [
      `${header}a,0,9,1,1,1,5-7@0:3\n`,
      /^2: column gaps: expected windows of bytes within the size \(1\), the lower end first, got 5-7@0:3$/,
    ],
    [`${header}a,0,9,4,1,1,5-7@3:1\n`, /^2: column gaps: expected windows of bytes within the size \(4\)/],
    [
      `${header}a,0,9,4,1,1,2-6@0:1 5-7\n`,
      /^2: column gaps: expected gaps with a window of bytes apart from all others, got 2-6@0:1 5-7$/,
    ],
    [
      `${header}a,0,9,1,1,1,5\n`,
      /^2: column gaps: expected gaps such as 5-7 9-11, or 5-7@0:64 where .*, got 5$/,
    ],
    [`${header}a,0,9,1,1,1,7-5\n`, /^2: column gaps: expected gaps such as/],
    [`${header}a,1,9,1,1,1,0-5\n`, /^2: column gaps: expected gaps within the lifetime \(1 to 9\), got 0-5$/],
    [`${header}a,1,9,1,1,1,5-10\n`, /^2: column gaps: expected gaps within/],
    [`${header},0,1,1,1,1,\n`, /^2: column id: expected a name, got none$/],
    [
      `${header}a"b,0,1,1,1,1,\n`,
      /^2: a quote within a field: put the field in quotes, and write the quote twice$/,
    ],
    [`${header}"a"b,0,1,1,1,1,\n`, /^2: a quote ends before its field does/],
    [`${header}"a\nb",0,1,1,1,1,\n`, /^2: a quote is not closed on its line: names with line breaks are not/],
  ];
  for (const [text, message] of cases) assert.match(await errorOf(text), message);
});

test('a plan needs an offset in every row, and no more than that', async () => {
  const plan = await planOf('offset,id\n0,a\n4096,b\n');
  assert.deepEqual(plan, {ids: ['a', 'b'], offsets: Float64Array.of(0, 4096)});
  assert.deepEqual(await planOf('id,lower,upper,size,alignment,offset\n0,0,1,5,1,64\n'), {
    offsets: Float64Array.of(64),
  });
  await assert.rejects(planOf('id,offset\na,0\nb,-1\n'), {
    name: 'ImportError',
    line: 3,
    message: 'column offset: expected bytes from 0, got none',
  });
  await assert.rejects(planOf('id,size\na,0\n'), /the column offset is missing/);
});

test('the written file has the columns it needs and no others', () => {
  const rows = [
    {start: 0, end: 3, size: 8},
    {start: 1, end: 9, size: 4},
  ];
  const gap = {
    start: 0,
    end: 9,
    size: 4,
    gaps: [
      [2, 3],
      [5, 7],
    ] as const,
  };
  const text = (problem: ProblemColumns, offsets?: number[]): string =>
    [...writeCsv(problem, offsets)].join('');
  assert.equal(text(problemOf(rows)), 'id,lower,upper,size\n0,0,3,8\n1,1,9,4\n');
  assert.equal(
    text(problemOf(rows, {ids: ['a', 'b'], defaultAlignment: 64})),
    'id,lower,upper,size,alignment\na,0,3,8,64\nb,1,9,4,64\n',
  );
  assert.equal(
    text(problemOf([{...rows[0]!, alignment: 2}, rows[1]!])),
    'id,lower,upper,size,alignment\n0,0,3,8,2\n1,1,9,4,1\n',
  );
  assert.equal(
    text(problemOf([{...rows[0]!, offset: 16}, rows[1]!])),
    'id,lower,upper,size,offset\n0,0,3,8,16\n1,1,9,4,-1\n',
  );
  assert.equal(
    text(problemOf([...rows, gap]), [0, 8, 12]),
    'id,lower,upper,size,alignment,offset,gaps\n0,0,3,8,1,0,\n1,1,9,4,1,8,\n2,0,9,4,1,12,2-3 5-7\n',
  );
  assert.equal(text(problemOf([])), 'id,lower,upper,size\n');
});

test('the written file is read as the same problem, in pieces of any size', async () => {
  const ticks = fc
    .uniqueArray(fc.integer({min: 0, max: 0xffffffff}), {minLength: 2, maxLength: 8})
    .map(values => values.sort((a, b) => a - b));
  const bytes = fc.oneof(fc.integer({min: 0, max: 100}), fc.maxSafeNat());
  const power = fc.integer({min: 0, max: 52}).map(exponent => 2 ** exponent);
  const row = fc
    .record({ticks, size: bytes, alignment: power, offset: fc.oneof(fc.constant(NO_OFFSET), bytes)})
    .map(({ticks: all, ...rest}): Row => {
      const inner = all.slice(1, -1);
      const gaps = Array.from(
        {length: inner.length >> 1},
        (_, i) => [inner[2 * i]!, inner[2 * i + 1]!] as const,
      );
      return {...rest, start: all[0]!, end: all.at(-1)!, gaps};
    });
  const id = fc.stringMatching(/^[^,"\s\ufffd\ufeff]([^,"\r\n\ufffd]*[^,"\s\ufffd])?$/);
  const property = fc.asyncProperty(
    fc.array(fc.tuple(row, id), {maxLength: 20}),
    fc.boolean(),
    async (rows, hasIds) => {
      const isNamed = hasIds && rows.some(([, name], index) => name !== String(index));
      const problem = problemOf(
        rows.map(([one]) => one),
        isNamed ? {ids: rows.map(([, name]) => name)} : {},
      );
      const {problem: again, warnings} = await read([...writeCsv(problem)].join(''));
      checkProblem(again);
      assert.deepEqual(
        dumpProblem(again),
        dumpProblem({...problem, alignment: again.count === 0 ? again.alignment : problem.alignment}),
      );
      assert.deepEqual(warnings, []);
    },
  );
  await fc.assert(property, {seed: 4, numRuns: 300});
});

test('many rows come in chunks that cut lines anywhere, and go out in pieces', async () => {
  const rows = Array.from({length: 30_000}, (_, i) => ({
    start: i,
    end: i + 1 + (i % 97),
    size: (i * 7919) % 100_003,
  }));
  const problem = problemOf(rows);
  const pieces = [...writeCsv(problem)];
  assert.ok(pieces.length > 10);
  const imported = await importFile({name: 'unknown', data: inChunks(bytesOf(pieces.join('')), 997)});
  assert.ok(imported.kind === 'problem');
  assert.deepEqual(imported.problem, problem);
});
