/** The page's worker: one program, started by the page as what its name says. */
import {answer} from '../rpc.ts';
import {Session} from './file-worker.ts';
import {Work} from './planning-worker.ts';

const scope = self as unknown as Parameters<typeof answer>[0] & {readonly name: string};
if (scope.name === 'work') answer(scope, new Work().methods);
else answer(scope, new Session().methods);
