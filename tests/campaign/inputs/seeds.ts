/** Files of every format, as they are in the repository. */
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const ROOT = new URL('../../../', import.meta.url);
/** Larger ones take too long to be read thousands of times a second. */
const MOST_BYTES = 24 << 10;

export interface Seed {
  readonly format: string;
  readonly bytes: Uint8Array;
}

/** The fixtures of the importers, and the plans and problems below `examples`. */
export function seeds(): readonly Seed[] {
  const fixtures = folder('tests/trace/fixtures');
  const examples = folder('examples').filter(({format}) => ['csv', 'json', 'gz'].includes(format));
  const small = [...fixtures, ...examples].filter(({bytes}) => bytes.length <= MOST_BYTES);
  return [...small, ...PLANS.map(text => ({format: 'plan', bytes: new TextEncoder().encode(text)}))];
}

function folder(path: string): Seed[] {
  const names = readdirSync(new URL(path, ROOT), {recursive: true, encoding: 'utf8'})
    .filter(name => /\.\w+$/.test(name) && !/\.(?:md|ts|py|js)$|expected\.json$/.test(name))
    .sort();
  return names.map(name => ({
    format: name.includes('/') ? name.slice(0, name.indexOf('/')) : name.slice(name.lastIndexOf('.') + 1),
    bytes: new Uint8Array(readFileSync(fileURLToPath(new URL(`${path}/${name}`, ROOT)))),
  }));
}

const PLANS = [
  '{"schema":"stowage.plan/1","source":{"file":"a","format":"csv","iteration":null,"lifetimes":null,"device":null},"peak":12,"lowerBound":12,"persistentBytes":0,"buffers":2,"offsets":[0,4]}',
  '{"schema":"stowage.plan/1","peak":null,"lowerBound":12,"persistentBytes":0,"buffers":2,"arenas":[{"pool":0,"name":"a"},{"pool":1,"name":"b"}],"arenaOf":[0,1],"offsets":[0,4],"recording":{"bytes":9}}',
  'id,lower,upper,size,alignment,offset,pool,arena\na,0,2,8,1,16,fast,0\nb,1,3,8,4,24,"slow, big",1\n',
];
