/** Writers of what is JSON: problems, plans, event logs, Kineto traces, snapshots. */
import type {Random} from '../../../random.ts';
import {field, hex, isWrong, lines, list, number, object, one, ref, some, text, type Write} from './draw.ts';

const event = (random: Random): string => {
  const kind = one(random, [
    'malloc',
    'malloc',
    'free',
    'free',
    'read',
    'write',
    'iteration',
    'end',
    'annotation',
  ]);
  if (kind === 'annotation')
    return object(
      field(random, 'event', () => `"${kind}"`),
      field(random, 'name', () => text(random)),
      field(random, 'start', () => number(random)),
      field(random, 'end', () => number(random, 200)),
    );
  if (kind === 'iteration')
    return object(
      field(random, 'event', () => `"${kind}"`),
      random(2) ? field(random, 'number', () => number(random)) : [],
    );
  return object(
    field(random, 'event', () => `"${kind}"`),
    field(random, 'address', () => (random(2) ? `"${hex(random)}"` : number(random, 9))),
    kind === 'malloc' || random(3) === 0 ? field(random, 'size', () => number(random, 4096)) : [],
    random(3) === 0 ? field(random, 'time', () => number(random)) : [],
    random(6) === 0 ? field(random, 'stream', () => number(random, 3)) : [],
    random(6) === 0 ? field(random, 'pool', () => number(random, 3)) : [],
    random(8) === 0 ? field(random, 'device', () => text(random)) : [],
    random(8) === 0 ? field(random, 'requested', () => number(random, 4)) : [],
    random(4) === 0 ? field(random, 'operation', () => text(random)) : [],
    random(8) === 0 ? field(random, 'module', () => text(random)) : [],
  );
};

const kinetoEvent = (random: Random): string => {
  const isMemory = random(2) === 0;
  const args = isMemory
    ? object(
        field(random, 'Bytes', () => (random(2) ? '-' : '') + number(random, 4096)),
        field(random, 'Addr', () => number(random, 9)),
        field(random, 'Device Type', () => number(random, 2)),
        field(random, 'Device Id', () => one(random, ['-1', '0', '1'])),
        random(2) ? field(random, 'Ev Idx', () => number(random)) : [],
      )
    : object(
        random(2) ? field(random, 'Sequence number', () => number(random, 5)) : [],
        random(3) ? [] : field(random, 'Fwd thread id', () => number(random, 2)),
      );
  return object(
    field(random, 'ph', () => (isMemory ? '"i"' : one(random, ['"X"', '"X"', '"s"', '"f"']))),
    field(random, 'cat', () =>
      one(random, ['"cpu_op"', '"user_annotation"', '"Operator"', '"python_function"', '"fwdbwd"']),
    ),
    field(random, 'name', () => (isMemory ? '"[memory]"' : isWrong(random) ? `"a "b" c\\d"` : text(random))),
    field(random, 'ts', () => number(random, 1000)),
    isMemory ? [] : field(random, 'dur', () => number(random, 300)),
    field(random, 'tid', () => one(random, ['1', '2', '"1"', 'null'])),
    random(3) ? [] : field(random, 'id', () => number(random, 4)),
    field(random, 'args', () => args),
  );
};

const buffer = (random: Random): string => {
  const start = random(20);
  return object(
    field(random, 'size', () => number(random, 4096)),
    field(random, 'start', () => (isWrong(random) ? number(random) : String(start))),
    field(random, 'end', () => (isWrong(random) ? number(random) : String(start + random(20)))),
    random(3) ? [] : field(random, 'id', () => text(random)),
    random(5)
      ? []
      : field(random, 'alignment', () => (isWrong(random) ? number(random) : String(2 ** random(12)))),
    random(8) ? [] : field(random, 'offset', () => number(random)),
    random(8) ? [] : field(random, 'hint', () => number(random)),
    random(8) ? [] : field(random, 'gaps', () => `[[${start + 1},${start + 2}]]`),
    random(8) ? [] : field(random, 'pools', () => `[${text(random)}]`),
    random(8) ? [] : field(random, 'accesses', () => number(random)),
    random(12) ? [] : field(random, 'part', () => text(random)),
  );
};

export const problem: Write = random =>
  object(
    ['"schema":"stowage.problem/1"'],
    field(random, 'buffers', () => list(random, 8, () => buffer(random))),
    random(6) ? [] : field(random, 'capacity', () => number(random, 9999)),
    random(6) ? [] : field(random, 'alignment', () => String(2 ** random(10))),
    random(4)
      ? []
      : field(random, 'pools', () =>
          list(random, 3, () =>
            object(
              field(random, 'name', () => text(random)),
              random(2) ? [] : field(random, 'capacity', () => number(random, 9999)),
            ),
          ),
        ),
    random(5) ? [] : field(random, 'share', () => list(random, 2, () => list(random, 4, () => ref(random)))),
    random(5)
      ? []
      : field(random, 'adjacent', () => list(random, 2, () => list(random, 4, () => ref(random)))),
    random(5)
      ? []
      : field(random, 'separate', () => list(random, 2, () => list(random, 2, () => ref(random)))),
    random(5)
      ? []
      : field(random, 'views', () =>
          list(random, 2, () =>
            object(
              field(random, 'buffer', () => ref(random)),
              field(random, 'of', () => ref(random)),
              field(random, 'offset', () => number(random)),
            ),
          ),
        ),
    random(5)
      ? []
      : field(random, 'inPlace', () =>
          list(random, 2, () =>
            object(
              field(random, 'input', () => ref(random)),
              field(random, 'output', () => ref(random)),
            ),
          ),
        ),
    random(5)
      ? []
      : field(random, 'scopes', () =>
          list(random, 2, () =>
            object(
              field(random, 'reads', () => list(random, 2, () => ref(random))),
              field(random, 'writes', () => list(random, 2, () => ref(random))),
            ),
          ),
        ),
  );

export const plan: Write = random =>
  object(
    ['"schema":"stowage.plan/1"'],
    ...['peak', 'lowerBound', 'persistentBytes', 'buffers'].map(key =>
      field(random, key, () => number(random, 99)),
    ),
    field(random, 'offsets', () => list(random, 6, () => number(random))),
    random(3)
      ? []
      : field(random, 'arenas', () =>
          list(random, 3, () =>
            object(
              field(random, 'pool', () => number(random, 2)),
              field(random, 'name', () => text(random)),
            ),
          ),
        ),
    random(3) ? [] : field(random, 'arenaOf', () => list(random, 6, () => number(random, 2))),
    random(3)
      ? []
      : field(random, 'source', () =>
          object(
            ...['file', 'format', 'iteration', 'lifetimes', 'device'].map(key =>
              field(random, key, () => (random(2) ? 'null' : text(random))),
            ),
          ),
        ),
  );

export const eventLog: Write = random =>
  lines(random, [
    object(
      ['"schema":"stowage.events/1"'],
      random(3) ? [] : field(random, 'alignment', () => String(2 ** random(10))),
      random(5)
        ? []
        : field(random, 'devices', () =>
            list(random, 2, () => object(field(random, 'name', () => text(random)))),
          ),
      random(8) ? [] : field(random, 'warnings', () => list(random, 2, () => text(random))),
    ),
    ...some(random, 14, () => event(random)),
  ]);

export const kineto: Write = random =>
  object(
    ['"schemaVersion":1'],
    field(random, 'traceEvents', () => list(random, 14, () => kinetoEvent(random))),
    random(3) ? [] : ['"x":[1,{"y":2}]'],
  );

const snapshotEntry = (random: Random): string =>
  object(
    field(random, 'action', () =>
      JSON.stringify(
        one(random, [
          'alloc',
          'alloc',
          'free_requested',
          'free_completed',
          'segment_alloc',
          'segment_free',
          'oom',
          'snapshot',
          'x',
        ]),
      ),
    ),
    field(random, 'addr', () => number(random, 9)),
    field(random, 'size', () => number(random, 4096)),
    field(random, 'stream', () => number(random, 1)),
    random(3) ? [] : field(random, 'time_us', () => number(random, 1000)),
    random(3)
      ? []
      : field(random, 'frames', () =>
          list(random, 3, () =>
            object(
              field(random, 'filename', () => text(random)),
              field(random, 'name', () => text(random)),
              field(random, 'line', () => number(random)),
            ),
          ),
        ),
  );

export const snapshot: Write = random =>
  object(
    field(random, 'segments', () =>
      list(random, 3, () =>
        object(
          field(random, 'device', () => number(random, 1)),
          field(random, 'address', () => number(random, 9)),
          field(random, 'total_size', () => number(random, 9999)),
          field(random, 'stream', () => '0'),
          field(random, 'segment_type', () => '"large"'),
          field(random, 'segment_pool_id', () => '[0,1]'),
          field(random, 'blocks', () =>
            list(random, 3, () =>
              object(
                field(random, 'size', () => number(random, 4096)),
                field(random, 'state', () =>
                  JSON.stringify(one(random, ['active_allocated', 'inactive', 'active_awaiting_free'])),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
    field(random, 'device_traces', () =>
      list(random, 2, () => list(random, 10, () => snapshotEntry(random))),
    ),
    random(4)
      ? []
      : field(random, 'allocator_settings', () => object(field(random, 'a', () => text(random)))),
  );
