/** The campaign `runtime`: programs over every call of the interface, in each build. */
import {entry, type Verdict} from '../campaign.ts';
import {judgeApi} from './api.ts';
import {type ApiCase, drawApi, smallerApi} from './api-case.ts';
import {type RawCase, smallerRaw} from './case.ts';
import {drawRaw} from './draw.ts';
import {verdictOf} from './failure.ts';
import {drawHooks, type HooksCase, judgeHooks, smallerHooks} from './hooks.ts';
import {missingToCompile, Native} from './native.ts';
import {judgeRaw} from './raw.ts';
import {drawServer, judgeServer, type ServerCase, smallerServer} from './server.ts';
import {Threads} from './threads.ts';

/** A case in so many is repeated natively, run by threads, or is of the methods of `Runtime`. */
const NATIVE_ONE_IN = 20;
const THREADS_ONE_IN = 20;
const API_ONE_IN = 5;

type AnyCase = RawCase | ApiCase | ServerCase | HooksCase;

const isOfNative = (task: AnyCase) =>
  task.kind === 'hooks' || task.kind === 'server' || (task.kind === 'raw' && task.build === 'native');

export const RUNTIME = entry<AnyCase>({
  name: 'runtime',
  about: 'programs over every call of the runtime, in one to four workers, in wasm and natively',
  short: 250,
  open: () => {
    const native = new Native();
    const threads = new Threads();
    const missing = missingToCompile();
    const isNative = missing === undefined;
    return {
      ...(missing ? {missing: [missing]} : {}),
      draw: (random, number) => {
        if (isNative && number % NATIVE_ONE_IN === 7) return drawRaw(random, 'native');
        if (isNative && number % NATIVE_ONE_IN === 17) return drawServer(random);
        if (isNative && number % NATIVE_ONE_IN === 9) return drawHooks(random);
        if (number % API_ONE_IN === 2) return drawApi(random);
        return number % THREADS_ONE_IN === 13 ? drawRaw(random, 'threads') : drawRaw(random);
      },
      judge: async (task): Promise<Verdict> => {
        if (missing && isOfNative(task)) return {lacks: missing};
        return verdictOf(async () => {
          if (task.kind === 'hooks') return judgeHooks(task);
          if (task.kind === 'server') return judgeServer(task);
          if (task.kind === 'api') return judgeApi(task);
          if (task.build === 'threads') return threads.judge(task);
          const {engine, counts} = judgeRaw(task, task.build === 'native');
          if (task.build === 'native') native.repeat(engine);
          return {...counts, [task.build]: 1};
        });
      },
      smaller: (task): Iterable<AnyCase> => {
        if (task.kind === 'api') return smallerApi(task);
        if (task.kind === 'hooks') return smallerHooks(task);
        return task.kind === 'server' ? smallerServer(task) : smallerRaw(task);
      },
      close: () => {
        native.close();
        threads.close();
      },
    };
  },
});
