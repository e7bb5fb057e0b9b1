/**
 * Takes the place of every file of `bindings/planner/seats/` in the page: a seat is for the tasks of a solve elsewhere, and the
 * page sends nothing elsewhere.
 */
class Nowhere {
  constructor() {
    throw new Error('the page plans on this machine alone');
  }
}

export {Nowhere as RemoteSeat, Nowhere as Seat, Nowhere as SeatedPool};

export function setupOf(): never {
  throw new Error('the page plans on this machine alone');
}
