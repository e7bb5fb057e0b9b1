/**
 * A reporter of node:test for `scripts/test.mjs`: appends each event that it needs to the file named by
 * `STOWAGE_TEST_EVENTS`, a line of JSON each. It writes at once, so that the events of a process that is killed are there.
 */
import {appendFileSync} from 'node:fs';

// biome-ignore lint/correctness/useYield: a reporter is a generator, and this one prints nothing
export default async function* record(source) {
  const file = process.env.STOWAGE_TEST_EVENTS;
  for await (const {type, data} of source) {
    const event = eventOf(type, data);
    if (event) appendFileSync(file, `${JSON.stringify(event)}\n`);
  }
}

function eventOf(type, {name, nesting, skip, todo, message, details}) {
  switch (type) {
    case 'test:dequeue':
      return {type: 'start', name, nesting};
    case 'test:pass':
      if (details?.type === 'suite') return {type: 'suite', name, nesting};
      if (skip !== undefined) return {type: 'skip', name, nesting, reason: String(skip)};
      return {type: todo === undefined ? 'pass' : 'todo', name, nesting};
    case 'test:fail':
      return {type: 'fail', name, nesting};
    case 'test:diagnostic':
      return nesting === 0 && /^\w+ [\d.]+$/.test(message) ? {type: 'count', message} : undefined;
    default:
      return undefined;
  }
}
