/** Modules in the names of a model's operators. */

/** The parts of a name between its `/`, or between its `.` where it has no `/`; without empty ones. */
export function splitName(name: string): string[] {
  const parts = name.split(name.includes('/') ? '/' : '.').filter(part => part !== '');
  return parts.length === 0 ? [name] : parts;
}
