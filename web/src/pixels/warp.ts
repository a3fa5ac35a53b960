/** Affine and perspective warps with bilinear or bicubic sampling. */

import type { Colour, Grey, Point } from "./image";
import { warped } from "./native";

/** Row-major 3 x 3. */
export type Matrix = readonly number[];

export function mapped(matrix: Matrix, x: number, y: number): Point {
  const w = matrix[6] * x + matrix[7] * y + matrix[8];
  return [(matrix[0] * x + matrix[1] * y + matrix[2]) / w, (matrix[3] * x + matrix[4] * y + matrix[5]) / w];
}

/** Solve a small linear system by Gaussian elimination with pivoting. */
function solved(rows: number[][]): number[] {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[best][k])) best = i;
    [rows[k], rows[best]] = [rows[best], rows[k]];
    const pivot = rows[k][k] || 1e-12;
    for (let i = k + 1; i < n; i++) {
      const share = rows[i][k] / pivot;
      for (let j = k; j <= n; j++) rows[i][j] -= share * rows[k][j];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let sum = rows[k][n];
    for (let j = k + 1; j < n; j++) sum -= rows[k][j] * x[j];
    x[k] = sum / (rows[k][k] || 1e-12);
  }
  return x;
}

/** The perspective map that takes four points to four others. */
export function perspective(from: readonly Point[], to: readonly Point[]): Matrix {
  const rows: number[][] = [];
  for (let k = 0; k < 4; k++) {
    const [x, y] = from[k];
    const [u, v] = to[k];
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  }
  return [...solved(rows), 1];
}

export function inverse(m: Matrix): Matrix {
  const [a, b, c, d, e, f, g, h, i] = m;
  const A = e * i - f * h;
  const B = f * g - d * i;
  const C = d * h - e * g;
  const det = a * A + b * B + c * C;
  return [A, c * h - b * i, b * f - c * e, B, a * i - c * g, c * d - a * f, C, b * g - a * h, a * e - b * d].map(
    (value) => value / det,
  );
}

export function times(a: Matrix, b: Matrix): Matrix {
  const out: number[] = [];
  for (let r = 0; r < 3; r++)
    for (let c = 0; c < 3; c++) out.push(a[3 * r] * b[c] + a[3 * r + 1] * b[3 + c] + a[3 * r + 2] * b[6 + c]);
  return out;
}

/** Sample ``image`` at ``back(x, y)``, an affine map, for each pixel of the result; its border is repeated. */
export function warpGrey(image: Grey, back: Matrix, width: number, height: number): Grey {
  return { data: warped(image.data, image.width, image.height, back, width, height), width, height };
}

/** The same in colour; what lies outside is filled with ``outside``, where that is given. */
export function warpColour(
  image: Colour, back: Matrix, width: number, height: number, outside?: readonly [number, number, number],
): Colour {
  const { data, width: w, height: h } = image;
  const out = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 4) {
      const z = back[6] * x + back[7] * y + back[8];
      const u = (back[0] * x + back[1] * y + back[2]) / z;
      const v = (back[3] * x + back[4] * y + back[5]) / z;
      out[o + 3] = 255;
      if (outside && (u < -0.5 || v < -0.5 || u > w - 0.5 || v > h - 0.5)) {
        out[o] = outside[0];
        out[o + 1] = outside[1];
        out[o + 2] = outside[2];
        continue;
      }
      const x0 = Math.floor(u);
      const y0 = Math.floor(v);
      const fx = u - x0;
      const fy = v - y0;
      const xa = Math.min(Math.max(x0, 0), w - 1) * 4;
      const xb = Math.min(Math.max(x0 + 1, 0), w - 1) * 4;
      const ya = Math.min(Math.max(y0, 0), h - 1) * w * 4;
      const yb = Math.min(Math.max(y0 + 1, 0), h - 1) * w * 4;
      const p = (1 - fx) * (1 - fy);
      const q = fx * (1 - fy);
      const r = (1 - fx) * fy;
      const s = fx * fy;
      for (let c = 0; c < 3; c++)
        out[o + c] = data[ya + xa + c] * p + data[ya + xb + c] * q + data[yb + xa + c] * r + data[yb + xb + c] * s;
    }
  }
  return { data: out, width, height };
}
