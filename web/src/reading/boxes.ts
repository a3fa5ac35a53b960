/** From the detector's map of probabilities to boxes of lines: the moments of each connected kernel, grown again. */

import { components } from "../pixels/components";
import type { Point } from "../pixels/image";

/** A line: corners clockwise from the top left of the text, its score, its height. */
export interface Box {
  readonly corners: readonly Point[];
  readonly score: number;
  readonly height: number;
}

export interface DetectorSettings {
  readonly line_height: number;
  readonly smallest: number;
  readonly shrink: number;
  readonly height: number;
  readonly threshold: number;
  readonly faint: number;
  readonly certain: number;
  readonly certain_alone: number;
  readonly sure: number;
}

/** A kernel's points, with those of its rim that belong to no other kernel. */
interface Kernel {
  area: number;
  score: number;
  mass: number;
  cx: number;
  cy: number;
  /** Offsets of its own points from its centre. */
  dx: number[];
  dy: number[];
  angle: number;
  spread: number;
}

const QUARTER = Math.PI / 4;

export function widthOf(box: Box): number {
  const [a, b] = box.corners;
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

/** The value in the middle of the weight; 0 without any. */
export function weightedMedian(values: readonly number[], weights: readonly number[]): number {
  const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
  const total = order.reduce((sum, k) => sum + weights[k], 0);
  let seen = 0;
  for (const k of order) {
    seen += weights[k];
    if (seen >= total / 2) return values[k];
  }
  return order.length ? values[order[order.length - 1]] : 0;
}

/** Boxes in points of the map, which is ``width`` points wide. */
export function boxesFromMap(map: Float32Array, width: number, height: number, settings: DetectorSettings): Box[] {
  const kernels = kernelsOf(map, width, height, settings.threshold);
  const long = kernels.filter((kernel) => kernel.spread > 0.96 && Math.abs(kernel.angle) < QUARTER);
  const page = weightedMedian(long.map((k) => k.angle), long.map((k) => k.mass));
  const measured = kernels.map((kernel) => {
    const turn = kernel.spread > 0.96 && Math.abs(kernel.angle) < QUARTER ? kernel.angle : page;
    const cosine = Math.cos(turn);
    const sine = Math.sin(turn);
    let [low, high, above, below] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < kernel.dx.length; i++) {
      const u = kernel.dx[i] * cosine + kernel.dy[i] * sine;
      const v = kernel.dy[i] * cosine - kernel.dx[i] * sine;
      if (u < low) low = u;
      if (u > high) high = u;
      if (v < above) above = v;
      if (v > below) below = v;
    }
    const length = high - low + 1;
    return { kernel, cosine, sine, low, high, length, extent: below - above + 1, thick: kernel.mass / length };
  });
  const typical = weightedMedian(measured.map((m) => m.thick), measured.map((m) => m.length));
  const boxes: Box[] = [];
  for (const { kernel, cosine, sine, low, high, extent, thick: own } of measured) {
    const certain = Math.min(Math.max(kernel.score / settings.sure, 0.5), 1);
    const thick = Math.max(own, Math.min(own / certain, typical));
    const tall = (settings.height * Math.min(thick, extent + 0.6)) / (1 - 2 * settings.shrink);
    if (!(kernel.score > settings.faint && kernel.area >= 3 && tall > 1.6)) continue;
    const end = 0.5 + settings.shrink * tall;
    const hx = (-sine * tall) / 2;
    const hy = (cosine * tall) / 2;
    const ax = kernel.cx + cosine * (low - end);
    const ay = kernel.cy + sine * (low - end);
    const bx = kernel.cx + cosine * (high + end);
    const by = kernel.cy + sine * (high + end);
    const corners: Point[] = [[ax - hx, ay - hy], [bx - hx, by - hy], [bx + hx, by + hy], [ax + hx, ay + hy]];
    boxes.push({ corners, score: kernel.score, height: tall });
  }
  return boxes;
}

function kernelsOf(map: Float32Array, width: number, height: number, threshold: number): Kernel[] {
  const mask = new Uint8Array(map.length);
  for (let i = 0; i < map.length; i++) mask[i] = map[i] > threshold ? 1 : 0;
  const { labels, count } = components(mask, width, height, false);
  const own: number[][] = Array.from({ length: count }, () => []);
  const rim: Set<number>[] = Array.from({ length: count }, () => new Set<number>());
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!label) continue;
    own[label].push(i);
    const x = i % width;
    const y = (i / width) | 0;
    for (let yy = Math.max(0, y - 1); yy <= Math.min(height - 1, y + 1); yy++)
      for (let xx = Math.max(0, x - 1); xx <= Math.min(width - 1, x + 1); xx++) {
        const at = yy * width + xx;
        if (!labels[at]) rim[label].add(at);
      }
  }
  return own.slice(1).map((points, k) => kernelOf(map, width, points, rim[k + 1]));
}

function kernelOf(map: Float32Array, width: number, points: readonly number[], rim: ReadonlySet<number>): Kernel {
  let [mass, px, py, inside] = [0, 0, 0, 0];
  const all = [...points, ...rim];
  for (const at of all) {
    const p = map[at];
    mass += p;
    px += p * ((at % width) + 0.5);
    py += p * (((at / width) | 0) + 0.5);
  }
  mass = Math.max(mass, 1e-9);
  const cx = px / mass;
  const cy = py / mass;
  let [xx, yy, xy] = [0, 0, 0];
  for (const at of all) {
    const p = map[at];
    const dx = (at % width) + 0.5 - cx;
    const dy = ((at / width) | 0) + 0.5 - cy;
    xx += p * dx * dx;
    yy += p * dy * dy;
    xy += p * dx * dy;
  }
  [xx, yy, xy] = [xx / mass, yy / mass, xy / mass];
  for (const at of points) inside += map[at];
  return {
    area: points.length,
    score: inside / points.length,
    mass,
    cx,
    cy,
    dx: points.map((at) => (at % width) + 0.5 - cx),
    dy: points.map((at) => ((at / width) | 0) + 0.5 - cy),
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
    spread: Math.hypot(xx - yy, 2 * xy) / Math.max(xx + yy, 1e-9),
  };
}
