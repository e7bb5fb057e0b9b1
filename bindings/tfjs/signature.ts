/** What kind of call it is: the types and shapes of tensors, the values of all else. */

/** Arguments that are tensors, and containers of tensors, by type and shape; two calls alike have the same text. */
export function signatureOf(args: readonly unknown[]): string {
  return args.map(value => partOf(value, 0)).join('; ');
}

/** Containers in one another; below that, and for values that are neither data nor tensors, the name of the class is used. */
const DEEPEST = 8;

interface TensorLike {
  readonly dtype: string;
  readonly shape: readonly number[];
}

function partOf(value: unknown, depth: number): string {
  if (typeof value === 'function') return 'function';
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (isTensor(value)) return `${value.dtype}[${value.shape.join()}]`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength})`;
  if (depth === DEEPEST) return 'object';
  if (Array.isArray(value)) return `[${value.map(item => partOf(item, depth + 1)).join(', ')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value.constructor.name;
  const fields = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)}: ${partOf(item, depth + 1)}`,
  );
  return `{${fields.sort().join(', ')}}`;
}

function isTensor(value: object): value is TensorLike {
  const {dtype, shape} = value as Partial<TensorLike>;
  return typeof dtype === 'string' && Array.isArray(shape);
}
