/** Finds the page in a photograph: one small net marks it on a reduced picture, another refines each corner. */

import { components } from "../pixels/components";
import { type Colour, type Point, type Quad, median } from "../pixels/image";
import { resizedColour } from "../pixels/resize";
import { type Matrix, inverse, mapped, times, warpColour } from "../pixels/warp";
import { area, crossing, fourSided, hullOf, sideLine } from "./quad";

const SIDE = 192;
const CROP = 96;
const CELLS = 48;
const FINE = 4;
const WORKING = 1024;
const REACH = 0.3;
const PASSES = 2;
const FURTHEST = 0.42;
const LEAST_CELLS = 12;

/** Confidence from which on a photograph contains a page. */
export const FOUND = 0.7;

export interface Corners {
  readonly quad: Quad;
  readonly confidence: number;
}

/** The two nets: a picture's planes to a map of 48 x 48 logits and one of presence; a crop's planes to 24 x 24. */
export interface CornerNets {
  whole(planes: Float32Array): Promise<{ page: Float32Array; presence: number }>;
  corner(planes: Float32Array): Promise<Float32Array>;
}

/** Planes of a colour picture, -1..1. */
export function planes(image: Colour): Float32Array {
  const size = image.width * image.height;
  const out = new Float32Array(3 * size);
  for (let i = 0; i < size; i++)
    for (let c = 0; c < 3; c++) out[c * size + i] = (image.data[4 * i + c] / 255 - 0.5) / 0.5;
  return out;
}

function wholeQuad(width: number, height: number): Quad {
  return [[0, 0], [width, 0], [width, height], [0, height]];
}

export async function findCorners(photo: Colour, nets: CornerNets): Promise<Corners> {
  const share = Math.min(1, WORKING / Math.max(photo.width, photo.height));
  const work = resizedColour(photo, photo.width * share, photo.height * share);
  const { page, presence } = await nets.whole(planes(resizedColour(work, SIDE, SIDE)));
  const map = page.map((value) => 1 / (1 + Math.exp(-value)));
  const outline = fitted(map);
  if (!outline) return { quad: wholeQuad(photo.width, photo.height), confidence: 0 };
  const sx = work.width / CELLS;
  const sy = work.height / CELLS;
  let quad = outline.map(([x, y]): Point => [x * sx, y * sy]);
  for (let pass = 0; pass < PASSES; pass++) quad = await refined(work, quad, nets);
  const agreement = overlap(map, quad.map(([x, y]): Point => [x / sx, y / sy]));
  const back = quad.map(([x, y]): Point => [(x * photo.width) / work.width, (y * photo.height) / work.height]);
  return { quad: ordered(back), confidence: (1 / (1 + Math.exp(-presence))) * agreement };
}

/** Clockwise from the corner nearest to the top left. */
export function ordered(points: readonly Point[]): Quad {
  const cx = points.reduce((sum, p) => sum + p[0], 0) / 4;
  const cy = points.reduce((sum, p) => sum + p[1], 0) / 4;
  const round = [...points].sort((p, q) => Math.atan2(p[1] - cy, p[0] - cx) - Math.atan2(q[1] - cy, q[0] - cx));
  let first = 0;
  round.forEach((p, k) => {
    if (p[0] + p[1] < round[first][0] + round[first][1]) first = k;
  });
  return [...round.slice(first), ...round.slice(0, first)] as unknown as Quad;
}

async function refined(work: Colour, quad: Point[], nets: CornerNets): Promise<Point[]> {
  const result = [...quad];
  for (let index = 0; index < 4; index++) {
    const [x, y] = quad[index];
    if (!(x > 0 && y > 0 && x < work.width && y < work.height)) continue;
    const view = cornerView(quad, index);
    const shift = [1, 0, 0.5, 0, 1, 0.5, 0, 0, 1];
    const back = inverse(times(times(inverse(shift), view), shift));
    const crop = warpColour(work, back, CROP, CROP, [0, 0, 0]);
    const [u, v, spread] = massCentre(await nets.corner(planes(crop)));
    if (Math.max(Math.abs(u - 0.5), Math.abs(v - 0.5), spread) < FURTHEST)
      result[index] = mapped(inverse(view), u * CROP, v * CROP);
  }
  return result;
}

/** From the photograph to the crop of a corner, turned so that the page lies to the lower right. */
function cornerView(quad: readonly Point[], index: number): Matrix {
  const corner = quad[index];
  let [ix, iy] = [0, 0];
  for (const step of [1, 3]) {
    const other = quad[(index + step) % 4];
    const length = Math.max(Math.hypot(other[0] - corner[0], other[1] - corner[1]), 1e-6);
    ix += (other[0] - corner[0]) / length;
    iy += (other[1] - corner[1]) / length;
  }
  const turn = Math.PI / 4 - Math.atan2(iy, ix);
  const scale = CROP / (REACH * Math.sqrt(Math.max(area(quad), 1e-9)));
  const c = scale * Math.cos(turn);
  const s = scale * Math.sin(turn);
  return [c, -s, CROP / 2 - (c * corner[0] - s * corner[1]), s, c, CROP / 2 - (s * corner[0] + c * corner[1]), 0, 0, 1];
}

/** Centre of mass and standard deviation of a square heat map after softmax, as shares of the crop. */
function massCentre(heat: Float32Array): [number, number, number] {
  const side = Math.round(Math.sqrt(heat.length));
  let top = -Infinity;
  for (const value of heat) top = Math.max(top, value);
  let [total, x, y, xx, yy] = [0, 0, 0, 0, 0];
  heat.forEach((value, i) => {
    const mass = Math.exp(value - top);
    const u = ((i % side) + 0.5) / side;
    const v = (Math.floor(i / side) + 0.5) / side;
    total += mass;
    x += mass * u;
    y += mass * v;
    xx += mass * u * u;
    yy += mass * v * v;
  });
  [x, y, xx, yy] = [x / total, y / total, xx / total, yy / total];
  return [x, y, Math.sqrt(Math.max(0, xx - x * x + yy - y * y))];
}

/** Bicubic enlargement of the map by ``FINE``, as OpenCV's (a = -0.75). */
function enlarged(map: Float32Array): Float32Array {
  const side = CELLS * FINE;
  const weights = (t: number): number[] => {
    const a = -0.75;
    const w = (d: number): number =>
      d <= 1 ? (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1 : a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
    return [w(1 + t), w(t), w(1 - t), w(2 - t)];
  };
  const clip = (k: number): number => Math.min(Math.max(k, 0), CELLS - 1);
  const rows = new Float32Array(CELLS * side);
  const out = new Float32Array(side * side);
  for (let k = 0; k < side; k++) {
    const place = (k + 0.5) / FINE - 0.5;
    const first = Math.floor(place);
    const weight = weights(place - first);
    for (let y = 0; y < CELLS; y++)
      for (let n = 0; n < 4; n++) rows[y * side + k] += weight[n] * map[y * CELLS + clip(first - 1 + n)];
  }
  for (let k = 0; k < side; k++) {
    const place = (k + 0.5) / FINE - 0.5;
    const first = Math.floor(place);
    const weight = weights(place - first);
    for (let x = 0; x < side; x++)
      for (let n = 0; n < 4; n++) out[k * side + x] += weight[n] * rows[clip(first - 1 + n) * side + x];
  }
  return out;
}

/** Points of the outline of the largest component, at the centres of its outermost pixels. */
function outlineOf(mask: Uint8Array, side: number): Point[] {
  const { labels, count } = components(mask, side, side, true);
  const sizes = new Int32Array(count);
  for (const label of labels) if (label) sizes[label]++;
  const largest = sizes.indexOf(Math.max(...sizes));
  if (count < 2 || sizes[largest] < LEAST_CELLS * FINE * FINE) return [];
  const outside = components(Uint8Array.from(labels, (label) => (label === largest ? 0 : 1)), side, side, false);
  const open = new Set<number>();
  for (let k = 0; k < side; k++)
    for (const at of [k, (side - 1) * side + k, k * side, k * side + side - 1]) if (outside.labels[at]) open.add(outside.labels[at]);
  const points: Point[] = [];
  const free = (x: number, y: number): boolean =>
    x < 0 || y < 0 || x >= side || y >= side || open.has(outside.labels[y * side + x]);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (labels[y * side + x] === largest && (free(x - 1, y) || free(x + 1, y) || free(x, y - 1) || free(x, y + 1)))
        points.push([x, y]);
  return points;
}

/** The quad of the page in its map, in cells, clockwise; null if there is none. */
export function fitted(map: Float32Array): Point[] | null {
  const side = CELLS * FINE;
  const mask = Uint8Array.from(enlarged(map), (value) => (value > 0.5 ? 1 : 0));
  const points = outlineOf(mask, side).map(([x, y]): Point => [(x + 0.5) / FINE, (y + 0.5) / FINE]);
  if (points.length < 4) return null;
  const rough = fourSided(hullOf(points));
  if (rough.length < 4) return null;
  const free = points.filter(([x, y]) => x > 1 && y > 1 && x < CELLS - 1 && y < CELLS - 1);
  const lines = rough.map((start, k) => sideLine(start, rough[(k + 1) % 4], free, FINE));
  const quad = rough.map((_, k) => crossing(lines[(k + 3) % 4], lines[k]));
  const usable = quad.every((p, k) => p && Math.max(Math.abs(p[0] - rough[k][0]), Math.abs(p[1] - rough[k][1])) < 0.25 * CELLS);
  return usable ? (quad as Point[]) : rough;
}

/** How well a quad in cells covers the map: intersection over union, weighted by the map. */
function overlap(map: Float32Array, quad: readonly Point[]): number {
  let [both, either] = [0, 0];
  for (let y = 0; y < CELLS; y++)
    for (let x = 0; x < CELLS; x++) {
      let cover = 0;
      for (let v = 0; v < FINE; v++)
        for (let u = 0; u < FINE; u++) if (inside(quad, x + (u + 0.5) / FINE, y + (v + 0.5) / FINE)) cover++;
      cover /= FINE * FINE;
      both += Math.min(cover, map[y * CELLS + x]);
      either += Math.max(cover, map[y * CELLS + x]);
    }
  return both / Math.max(either, 1e-6);
}

function inside(quad: readonly Point[], x: number, y: number): boolean {
  let sign = 0;
  for (let k = 0; k < quad.length; k++) {
    const [ax, ay] = quad[k];
    const [bx, by] = quad[(k + 1) % quad.length];
    const side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
    if (side !== 0) {
      if (sign && Math.sign(side) !== sign) return false;
      sign = Math.sign(side);
    }
  }
  return true;
}

/** Distance from an edge at which tones are compared, as a share of the diagonal; and the least difference. */
const [NEAR, SAME_TONE] = [0.012, 2];

/** Points along each side of a quad at which the tone of its paper is taken. */
const GRID = 16;

/** Tones within a quad, which lies in the picture. */
function tonesInside([a, b, c, d]: Quad, toneAt: (x: number, y: number) => number | null): number[] {
  const shares = Array.from({ length: GRID }, (_, k) => 0.1 + (0.8 * k) / (GRID - 1));
  const between = (p: Point, q: Point, share: number): Point => [p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])];
  const points = shares.flatMap((down) => shares.map((across) => between(between(a, b, across), between(d, c, across), down)));
  return points.flatMap(([x, y]) => toneAt(x, y) ?? []);
}

/**
 * Whether the tone changes across any side of a quad, to one that is not that of its paper; if not, it is the edge of the
 * print, not of the paper, which goes on beyond it.
 */
export function showsEdge(photo: Colour, quad: Quad): boolean {
  const reach = NEAR * Math.hypot(photo.width, photo.height);
  const toneAt = (x: number, y: number): number | null =>
    x < 0 || y < 0 || x >= photo.width || y >= photo.height ? null : photo.data[4 * (Math.floor(y) * photo.width + Math.floor(x)) + 1];
  const paper = median(tonesInside(quad, toneAt));
  return quad.some((start, k) => {
    const end = quad[(k + 1) % 4];
    const along: Point = [end[0] - start[0], end[1] - start[1]];
    const length = Math.max(Math.hypot(...along), 1e-6);
    const [dx, dy] = [(reach * along[1]) / length, (-reach * along[0]) / length];
    const tones: [number[], number[]] = [[], []];
    for (let n = 0; n < 64; n++) {
      const share = 0.1 + (0.8 * n) / 63;
      const [x, y] = [start[0] + share * along[0], start[1] + share * along[1]];
      const [beyond, inner] = [toneAt(x + dx, y + dy), toneAt(x - dx, y - dy)];
      if (beyond === null || inner === null) continue;
      tones[0].push(beyond);
      tones[1].push(inner);
    }
    const outside = median(tones[0]);
    return tones[0].length > 0 && Math.abs(outside - median(tones[1])) > SAME_TONE && Math.abs(outside - paper) > SAME_TONE;
  });
}
