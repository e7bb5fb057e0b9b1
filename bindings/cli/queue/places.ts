/** Where a worker finds the file of a job: below its own root, which is a folder or a URL. */
import {resolve} from 'node:path';
import {isUrl} from '../batch/location.ts';
import {CliError, EXIT} from '../io/exit.ts';

/**
 * @param name as `fileJobOf` lets it pass
 * @throws CliError for a URL that is not below the root
 */
export function placeOf(name: string, root: string): string {
  if (!isUrl(root)) {
    if (!isUrl(name)) return resolve(root, name);
    throw new CliError(`it is a URL: start workers with --root ${new URL(name).origin}/…`, EXIT.unreadable);
  }
  const base = new URL(root.endsWith('/') ? root : `${root}/`).href;
  const path = isUrl(name) ? name : name.split('/').map(encodeURIComponent).join('/');
  const place = new URL(path, base).href;
  // whoever writes to the queue must not send workers anywhere else
  if (place.startsWith(base)) return place;
  throw new CliError(`it is not below this worker's --root ${root}`, EXIT.unreadable);
}
