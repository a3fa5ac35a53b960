/** The loops over pixels in WebAssembly beside the same in a few plain lines. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { components } from "../src/pixels/components";
import { type Colour, rgba, toGrey, turned } from "../src/pixels/image";
import { averaged, blobsOf, columnsWith, counted, halved, kernelsOf, looked, luma, maskOf, warped } from "../src/pixels/native";
import { medianBlur } from "../src/pixels/blur";

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

test("a picture as browsers decode it gives the same grey and the same colours", () => {
  for (const count of [1, 3, 35, 300_001]) {
    const data = new Uint8ClampedArray(noise(4 * count, 7));
    const wanted = data.map((_, k) => (k % 4 === 3 ? 255 : data[4 * (k >> 2) + 2 - (k % 4)]));
    const picture: Colour = { data, width: count, height: 1, swapped: true };
    const grey = toGrey(picture).data;
    expect(Buffer.compare(grey, luma(new Uint8ClampedArray(wanted)))).toBe(0);
    expect(Buffer.compare(toGrey(turned(picture, 180)).data, Uint8Array.from(grey).reverse())).toBe(0);
    for (const again of [1, 2]) expect([again, Buffer.from(rgba(picture).data).equals(Buffer.from(wanted))]).toEqual([again, true]);
    expect(Buffer.compare(toGrey(picture).data, grey)).toBe(0);
  }
});

test("bytes are counted, be they the same or all different", () => {
  for (const length of [0, 1, 15, 16, 33, 5000]) {
    const bytes = noise(length, 3).map((value, k) => (k % 64 < 40 ? 255 : value));
    const wanted = new Uint32Array(256);
    for (const value of bytes) wanted[value]++;
    expect([...counted(bytes)]).toEqual([...wanted]);
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
  const same = (picture: Uint8Array): boolean => Buffer.from(warped(picture, 1200, 1000, TURN, 300, 200)).equals(first);
  expect(same(page)).toBe(true);
  expect(same(noise(1200 * 1000, 9))).toBe(false);
  expect(same(page)).toBe(true);
});

test.each([[64, 20, 1], [64, 20, 4], [7, 5, 1], [7, 5, 4], [1, 9, 1], [2, 2, 4], [3001, 400, 1]] as const)("halved: %d x %d, %d channels", (width, height, channels) => {
  const data = noise(width * height * channels, 3);
  const [w, h] = [width >> 1, height >> 1];
  const found = halved(data, width, height, channels);
  const wanted = Uint8Array.from({ length: w * h * channels }, (_, k) => {
    const [x, y, c] = [Math.floor(k / channels) % w, Math.floor(k / channels / w), k % channels];
    const at = (u: number, v: number): number => data[((2 * y + v) * width + 2 * x + u) * channels + c];
    return (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) >> 2;
  });
  expect(Buffer.from(found).equals(Buffer.from(wanted))).toBe(true);
});

test("values are counted, marked in columns and masks, and looked up", () => {
  for (const [width, height] of [[1, 1], [2, 3], [15, 4], [16, 5], [37, 9]]) {
    const data = noise(width * height, width);
    expect([...counted(data)]).toEqual(Array.from({ length: 256 }, (_, value) => data.filter((one) => one === value).length));
    for (const [low, high] of [[0, 20], [100, 130], [240, 255], [256, 255], [0, -1]]) {
      const inside = Array.from(data, (value) => value >= low && value <= high);
      const marked = Array.from(columnsWith(data, width, height, low, high), Boolean);
      expect(marked).toEqual(Array.from({ length: width }, (_, x) => inside.some((one, k) => one && k % width === x)));
      const { mask, inside: total } = maskOf(data, width, height, low, high);
      expect(total).toBe(inside.filter(Boolean).length);
      const near = (x: number, y: number): boolean => [x - 1, x, x + 1].some((u) => u >= 0 && u < width && inside[y * width + u]);
      const closed = inside.map((_, k) => [-1, 0, 1].every((d) => (k % width) + d < 0 || (k % width) + d >= width || near((k % width) + d, Math.floor(k / width))));
      expect(Array.from(mask, Boolean)).toEqual(closed);
    }
    const table = Float32Array.from({ length: 256 }, (_, value) => value / 7);
    const found = looked(data, width, height, table, width + 3, height + 2, -1);
    const wanted = Array.from({ length: (width + 3) * (height + 2) }, (_, k) => {
      const [x, y] = [k % (width + 3), Math.floor(k / (width + 3))];
      return x < width && y < height ? table[data[y * width + x]] : -1;
    });
    expect([...found]).toEqual(wanted);
  }
});

/** Places of the components of a mask, by their numbers. */
function places(mask: Uint8Array, width: number, height: number, eight: boolean): [number, number][][] {
  const { labels, count } = components(mask, width, height, eight);
  const found: [number, number][][] = Array.from({ length: count }, () => []);
  labels.forEach((label, at) => label && found[label].push([at % width, Math.floor(at / width)]));
  return found.slice(1);
}

const SHAPES = [[1, 1, 2], [7, 5, 2], [40, 30, 2], [64, 31, 5], [90, 8, 3], [33, 60, 30]] as const;
test.each(SHAPES)("boxes of components: %d x %d, one pixel in %d", (width, height, rare) => {
  const mask = noise(width * height, 11).map((value) => (value % rare ? 0 : 1));
  const wanted = places(mask, width, height, true).map((points) => {
    const [x, y] = [points.map(([u]) => u), points.map(([, v]) => v)];
    const [left, top] = [Math.min(...x), Math.min(...y)];
    return { left, top, width: Math.max(...x) - left + 1, height: Math.max(...y) - top + 1, area: points.length };
  });
  expect(blobsOf(mask, width, height)).toEqual(wanted);
});

test.each(SHAPES)("components of a map with their soft edges: %d x %d, one point in %d", (width, height, rare) => {
  const map = Float32Array.from(noise(width * height, 13), (value) => (value % rare ? value / 1024 : 0.5 + value / 512));
  const all = places(Uint8Array.from(map, (value) => (value > 0.4 ? 1 : 0)), width, height, false);
  const taken = new Set(all.flat().map(([x, y]) => y * width + x));
  const found = kernelsOf(map, width, height, 0.4);
  expect(found.length).toBe(all.length);
  all.forEach((points, k) => {
    const edge = new Set<number>();
    for (const [x, y] of points)
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) if (!taken.has(v * width + u)) edge.add(v * width + u);
    const soft = [...points, ...[...edge].map((at) => [at % width, Math.floor(at / width)])];
    const sum = (of: (x: number, y: number) => number, over: number[][] = soft): number => over.reduce((total, [x, y]) => total + map[y * width + x] * of(x, y), 0);
    const mass = sum(() => 1);
    const [cx, cy] = [sum((x) => x) / mass, sum((_, y) => y) / mass];
    const [w, h] = [0, 1].map((axis) => Math.max(...points.map((p) => p[axis])) - Math.min(...points.map((p) => p[axis])) + 1);
    const [xx, yy, xy] = [sum((x) => (x - cx) ** 2), sum((_, y) => (y - cy) ** 2), sum((x, y) => (x - cx) * (y - cy))];
    const steep = h > 2 * w && Math.hypot(xx - yy, 2 * xy) > 0.96 * (xx + yy);
    const along0 = 0.5 * Math.atan2(2 * xy, xx - yy);
    const angle = w > 2 * h ? along0 : steep ? (along0 > 0 ? along0 - Math.PI : along0) : 0;
    const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
    const along = points.map(([x, y]) => (x - cx) * ux + (y - cy) * uy);
    const across = points.map(([x, y]) => (y - cy) * ux - (x - cx) * uy);
    const wanted = {
      mass, x: cx, y: cy, ux, uy, low: Math.min(...along), high: Math.max(...along), above: Math.min(...across), below: Math.max(...across),
      inside: sum(() => 1, points), points: points.length, width: w, height: h,
    };
    for (const [key, value] of Object.entries(wanted)) expect(found[k][key as keyof typeof wanted], `${key} of ${k}`).toBeCloseTo(value, 8);
  });
});

test.each([1, 3, 5, 9])("medians of windows of %d", (side) => {
  const [width, height] = [23, 11];
  const data = noise(width * height, 5);
  const { data: found } = medianBlur({ data, width, height }, side);
  const clip = (k: number, count: number): number => Math.min(Math.max(k, 0), count - 1);
  for (let k = 0; k < found.length; k++) {
    const window = Array.from({ length: side * side }, (_, n) => {
      const [x, y] = [(k % width) + (n % side) - (side >> 1), Math.floor(k / width) + Math.floor(n / side) - (side >> 1)];
      return data[clip(y, height) * width + clip(x, width)];
    }).sort((a, b) => a - b);
    expect(found[k]).toBe(window[(side * side) >> 1]);
  }
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
