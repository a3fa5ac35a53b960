/** The loops over pixels in WebAssembly beside the same in a few plain lines. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { averaged, luma, warped } from "../src/pixels/native";

const SOURCE = join(__dirname, "../src/pixels");

function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24);
}

test("luma is Rec. 601 in fixed point, at any length", () => {
  for (const count of [1, 3, 4, 35, 300_001]) {
    const rgba = new Uint8ClampedArray(noise(4 * count));
    const found = luma(rgba);
    expect(found.length).toBe(count);
    const wrong = found.findIndex((value, k) => value !== (rgba[4 * k] * 9798 + rgba[4 * k + 1] * 19235 + rgba[4 * k + 2] * 3735 + 16384) >> 15);
    expect(wrong).toBe(-1);
  }
});

/** The exact average of what lies under a pixel. */
function average(data: Uint8Array, width: number, height: number, w: number, h: number, channels: number, x: number, y: number, c: number): number {
  const [sx, sy] = [width / w, height / h];
  let sum = 0;
  for (let v = Math.floor(y * sy); v < Math.min(height, Math.ceil((y + 1) * sy - 1e-9)); v++)
    for (let u = Math.floor(x * sx); u < Math.min(width, Math.ceil((x + 1) * sx - 1e-9)); u++) {
      const wide = Math.min(u + 1, (x + 1) * sx) - Math.max(u, x * sx);
      const high = Math.min(v + 1, (y + 1) * sy) - Math.max(v, y * sy);
      sum += data[(v * width + u) * channels + c] * wide * high;
    }
  return sum / (sx * sy);
}

describe.each([[37, 23, 10, 7, 1], [37, 23, 10, 7, 4], [64, 40, 16, 10, 1], [5, 3, 1, 1, 4], [50, 8, 49, 8, 1], [7, 90, 3, 89, 1]] as const)(
  "%d x %d to %d x %d, %d channels", (width, height, w, h, channels) => {
    test("each pixel is the average of those under it", () => {
      const data = noise(width * height * channels);
      const found = averaged(data, width, height, w, h, channels);
      expect(found.length).toBe(w * h * channels);
      for (let k = 0; k < found.length; k++) {
        const [x, y, c] = [Math.floor(k / channels) % w, Math.floor(k / channels / w), k % channels];
        expect(Math.abs(found[k] - average(data, width, height, w, h, channels, x, y, c))).toBeLessThan(0.6);
      }
      expect([...averaged(data.fill(200), width, height, w, h, channels)].every((value) => value === 200)).toBe(true);
    });
  },
);

function bilinear(data: Uint8Array, w: number, h: number, u: number, v: number): number {
  const at = (x: number, y: number): number => data[Math.min(Math.max(y, 0), h - 1) * w + Math.min(Math.max(x, 0), w - 1)];
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const [fx, fy] = [u - x, v - y];
  return (at(x, y) * (1 - fx) + at(x + 1, y) * fx) * (1 - fy) + (at(x, y + 1) * (1 - fx) + at(x + 1, y + 1) * fx) * fy;
}

const TURN = [Math.cos(0.2), -Math.sin(0.2), 12.3, Math.sin(0.2), Math.cos(0.2), -4.6];
describe.each([
  ["as it is", [1, 0, 0, 0, 1, 0]], ["turned", TURN], ["upside down", [-1, 0, 70.5, 0, -1, 40.25]], ["sideways", [0, 1.1, 3, -0.9, 0.001, 44]],
  ["enlarged", [0.31, 0, 5, 0, 0.4, 6]], ["far outside", [1, 0, -4000, 0, 1, 9000]], ["one place", [0, 0, 8.5, 0, 0, 8.5]],
])("warped: %s", (_, back) => {
  test.each([[79, 47], [1, 1], [3, 200], [90, 2]])("%d x %d", (width, height) => {
    const data = noise(79 * 47);
    const found = warped(data, 79, 47, back, width, height);
    for (let k = 0; k < found.length; k++) {
      const [x, y] = [k % width, Math.floor(k / width)];
      const exact = bilinear(data, 79, 47, back[0] * x + back[1] * y + back[2], back[3] * x + back[4] * y + back[5]);
      expect(Math.abs(found[k] - exact)).toBeLessThan(0.6);
    }
  });
});

test("a page stays where it is while small pictures come and go", () => {
  const page = noise(1200 * 1000);
  const first = warped(page, 1200, 1000, TURN, 300, 200);
  const small = noise(50 * 40, 7);
  expect(Math.abs(averaged(small, 50, 40, 20, 10, 1)[0] - average(small, 50, 40, 20, 10, 1, 0, 0, 0))).toBeLessThan(0.6);
  expect(warped(page, 1200, 1000, TURN, 300, 200)).toEqual(first);
  const other = noise(1200 * 1000, 9);
  expect(warped(other, 1200, 1000, TURN, 300, 200)).not.toEqual(first);
  expect(warped(page, 1200, 1000, TURN, 300, 200)).toEqual(first);
});

test.skipIf(spawnSync("clang-19", ["--version"]).status !== 0)("pixels.wasm is that of its source", () => {
  const folder = mkdtempSync(join(tmpdir(), "pixels-"));
  try {
    execFileSync(join(SOURCE, "build-wasm"), [folder]);
    expect(readFileSync(join(folder, "pixels.wasm")).equals(readFileSync(join(SOURCE, "pixels.wasm")))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
