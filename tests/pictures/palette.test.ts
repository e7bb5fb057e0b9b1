/** The colours of pictures: visible against the paper, and distinguishable with all kinds of sight. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FAINT, INK, PALETTE, PAPER} from '../../bindings/pictures/index.ts';

type Triple = readonly [number, number, number];

/** Linear light, 0 … 1. */
function linear(colour: string): Triple {
  const value = Number.parseInt(colour.slice(1), 16);
  const [r, g, b] = [value >> 16, (value >> 8) & 255, value & 255].map(one => {
    const part = one / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return [r!, g!, b!];
}

const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** As the Web Content Accessibility Guidelines define it. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

/** Colours as seen without one kind of cones, in linear light (Machado, Oliveira and Fernandes, 2009, severity 1). */
const SIGHTS: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE 1976 L*a*b*, white D65. */
function lab([r, g, b]: Triple): Triple {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(colour: string, matrix: readonly [Triple, Triple, Triple]): Triple {
  const light = linear(colour);
  const [r, g, b] = matrix.map(row =>
    Math.min(1, Math.max(0, row[0] * light[0] + row[1] * light[1] + row[2] * light[2])),
  );
  return lab([r!, g!, b!]);
}

for (const theme of ['light', 'dark'] as const) {
  test(`${theme}: every mark has a contrast of 3 with the paper, text on it and beside it of 4.5`, () => {
    for (const one of PALETTE) {
      assert.ok(contrast(one[theme], PAPER[theme]) >= 3, `${one[theme]} on ${PAPER[theme]}`);
      const ink = theme === 'light' ? one.inkOnLight : one.inkOnDark;
      assert.ok(contrast(one[theme], ink) >= 4.5, `${ink} on ${one[theme]}`);
    }
    for (const ink of [INK, FAINT]) assert.ok(contrast(ink[theme], PAPER[theme]) >= 4.5);
  });

  for (const [sight, matrix] of Object.entries(SIGHTS)) {
    test(`${theme}: with the sight of ${sight}, any two colours are 25 apart or more`, () => {
      const colours = PALETTE.map(one => seen(one[theme], matrix));
      for (const [i, a] of colours.entries()) {
        for (const b of colours.slice(0, i)) {
          const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
          assert.ok(distance >= 25, `${PALETTE[i]![theme]}: ${distance.toFixed(1)}`);
        }
      }
    });
  }
}

test('no two colours have the same hatch or the same dashes', () => {
  assert.equal(new Set(PALETTE.map(({hatch}) => hatch)).size, PALETTE.length);
  assert.equal(new Set(PALETTE.map(({dash}) => dash)).size, PALETTE.length);
});
