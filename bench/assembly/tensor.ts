/** Arithmetic on vectors and matrices of f32 by address, row by row, in one order: the same bits at any address. */

/** `out` of m × n = `a` of m × k times `b` of k × n. */
export function multiply(out: usize, a: usize, b: usize, m: u32, k: u32, n: u32): void {
  for (let row: u32 = 0; row < m; row++) {
    const to = out + ((<usize>(row * n)) << 2);
    memory.fill(to, 0, (<usize>n) << 2);
    for (let i: u32 = 0; i < k; i++) {
      const factor = load<f32>(a + ((<usize>(row * k + i)) << 2));
      const from = b + ((<usize>(i * n)) << 2);
      for (let at: usize = 0; at < (<usize>n) << 2; at += 4) {
        store<f32>(to + at, load<f32>(to + at) + factor * load<f32>(from + at));
      }
    }
  }
}

/** `out` of m × n = `a` of m × k times the transposed of `b` of n × k, scaled. */
export function multiplyTransposed(out: usize, a: usize, b: usize, m: u32, k: u32, n: u32, scale: f32): void {
  for (let row: u32 = 0; row < m; row++) {
    for (let column: u32 = 0; column < n; column++) {
      let sum: f32 = 0;
      for (let i: u32 = 0; i < k; i++) {
        sum += load<f32>(a + ((<usize>(row * k + i)) << 2)) * load<f32>(b + ((<usize>(column * k + i)) << 2));
      }
      store<f32>(out + ((<usize>(row * n + column)) << 2), sum * scale);
    }
  }
}

/** Element by element; `b` is repeated if it has fewer, as a bias is. */
export function add(out: usize, a: usize, b: usize, count: u32, period: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    store<f32>(out + at, load<f32>(a + at) + load<f32>(b + ((<usize>(i % period)) << 2)));
  }
}

export function times(out: usize, a: usize, b: usize, count: u32): void {
  for (let at: usize = 0; at < (<usize>count) << 2; at += 4) {
    store<f32>(out + at, load<f32>(a + at) * load<f32>(b + at));
  }
}

export function relu(out: usize, a: usize, count: u32): void {
  for (let at: usize = 0; at < (<usize>count) << 2; at += 4)
    store<f32>(out + at, max<f32>(load<f32>(a + at), 0));
}

export function sigmoid(out: usize, a: usize, count: u32): void {
  for (let at: usize = 0; at < (<usize>count) << 2; at += 4) {
    store<f32>(out + at, <f32>1 / (<f32>1 + exp(-load<f32>(a + at))));
  }
}

export function tanh(out: usize, a: usize, count: u32): void {
  for (let at: usize = 0; at < (<usize>count) << 2; at += 4) {
    store<f32>(out + at, <f32>1 - <f32>2 / (exp(<f32>2 * load<f32>(a + at)) + <f32>1));
  }
}

/** Softmax of each row of `width`. */
export function softmax(out: usize, a: usize, rows: u32, width: u32): void {
  const bytes = (<usize>width) << 2;
  for (let row: u32 = 0; row < rows; row++) {
    const from = a + <usize>row * bytes;
    const to = out + <usize>row * bytes;
    let most = load<f32>(from);
    for (let at: usize = 4; at < bytes; at += 4) most = max<f32>(most, load<f32>(from + at));
    let sum: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 4) {
      const value = exp(load<f32>(from + at) - most);
      store<f32>(to + at, value);
      sum += value;
    }
    for (let at: usize = 0; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) / sum);
  }
}

/** Scales each row of `width` to mean 0 and variance 1. */
export function normalise(out: usize, a: usize, rows: u32, width: u32): void {
  const bytes = (<usize>width) << 2;
  for (let row: u32 = 0; row < rows; row++) {
    const from = a + <usize>row * bytes;
    const to = out + <usize>row * bytes;
    let mean: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 4) mean += load<f32>(from + at);
    mean /= <f32>width;
    let variance: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 4) {
      const off = load<f32>(from + at) - mean;
      variance += off * off;
    }
    const scale = <f32>1 / sqrt<f32>(variance / <f32>width + <f32>1e-5);
    for (let at: usize = 0; at < bytes; at += 4) store<f32>(to + at, (load<f32>(from + at) - mean) * scale);
  }
}

/** e^x with an error of about 1e-6, without a table: this module must have no data. */
function exp(x: f32): f32 {
  const bounded = min<f32>(max<f32>(x, -80), 80);
  const power = floor<f32>(bounded * <f32>Math.LOG2E + <f32>0.5);
  const r = bounded - power * <f32>Math.LN2;
  let sum = <f32>(1.0 / 720.0) * r + <f32>(1.0 / 120.0);
  sum = sum * r + <f32>(1.0 / 24.0);
  sum = sum * r + <f32>(1.0 / 6.0);
  sum = sum * r + <f32>0.5;
  sum = sum * r + <f32>1;
  sum = sum * r + <f32>1;
  return sum * reinterpret<f32>((<i32>power + 127) << 23);
}
