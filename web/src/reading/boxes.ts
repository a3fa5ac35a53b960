/** From the detector's map of probabilities to boxes of lines: each kernel by its moments, grown to the whole line. */

import { components } from "../pixels/components";
import type { Point, Quad } from "../pixels/image";

/** A line, in pixels. */
export interface Box {
  /** The middle of the left end. */
  readonly start: Point;
  /** The direction of the text, of length 1. */
  readonly along: Point;
  readonly width: number;
  readonly height: number;
  /** Probability that it is a line. */
  readonly score: number;
}

export interface DetectorSettings {
  readonly line_height: number;
  readonly shrink: number;
  readonly height: number;
  readonly threshold: number;
  readonly certain: number;
  readonly certain_alone: number;
}

/** The box with pixels added before and after the text, and above and below it. */
export function grown(box: Box, before: number, after: number, rim = 0): Box {
  const [ux, uy] = box.along;
  const start: Point = [box.start[0] - before * ux, box.start[1] - before * uy];
  return { ...box, start, width: box.width + before + after, height: box.height + 2 * rim };
}

/** Its corners, clockwise from the top left. */
export function cornersOf({ start: [x, y], along: [ux, uy], width, height }: Box): Quad {
  const [dx, dy] = [(-uy * height) / 2, (ux * height) / 2];
  const [ex, ey] = [x + ux * width, y + uy * width];
  return [[x - dx, y - dy], [ex - dx, ey - dy], [ex + dx, ey + dy], [x + dx, y + dy]];
}

/** The box in a picture that is larger by a factor. */
export function enlarged(box: Box, by: number): Box {
  return { ...box, start: [box.start[0] * by, box.start[1] * by], width: box.width * by, height: box.height * by };
}

/** Boxes in points of a map, ``width`` points wide. */
export function boxesFromMap(map: Float32Array, width: number, height: number, settings: DetectorSettings): Box[] {
  const mask = Uint8Array.from(map, (value) => (value > settings.threshold ? 1 : 0));
  const { labels, count } = components(mask, width, height, false);
  const kernels: number[][] = Array.from({ length: count }, () => []);
  for (let at = 0; at < labels.length; at++) if (labels[at]) kernels[labels[at]].push(at);
  return kernels.slice(1).flatMap((points) => boxOf(map, labels, width, height, points, settings));
}

/** The points around a kernel that belong to no other: its soft edge. */
function edgeOf(labels: Int32Array, width: number, height: number, points: readonly number[]): number[] {
  const edge = new Set<number>();
  for (const at of points) {
    const [x, y] = [at % width, Math.floor(at / width)];
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) if (!labels[v * width + u]) edge.add(v * width + u);
  }
  return [...edge];
}

function boxOf(
  map: Float32Array, labels: Int32Array, width: number, height: number, points: readonly number[], settings: DetectorSettings,
): Box[] {
  const soft = [...points, ...edgeOf(labels, width, height, points)];
  let [mass, sx, sy] = [0, 0, 0];
  for (const at of soft) {
    mass += map[at];
    sx += map[at] * (at % width);
    sy += map[at] * Math.floor(at / width);
  }
  const [cx, cy] = [sx / mass, sy / mass];
  let [xx, yy, xy, inside] = [0, 0, 0, 0];
  for (const at of soft) {
    const [dx, dy] = [(at % width) - cx, Math.floor(at / width) - cy];
    xx += map[at] * dx * dx;
    yy += map[at] * dy * dy;
    xy += map[at] * dx * dy;
  }
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const at of points) {
    const [x, y] = [at % width, Math.floor(at / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    inside += map[at];
  }
  const [w, h] = [right - left + 1, bottom - top + 1];
  const angle = w > 2 * h ? 0.5 * Math.atan2(2 * xy, xx - yy) : 0; // short ones are level
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  let [low, high, above, below] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const at of points) {
    const [dx, dy] = [(at % width) - cx, Math.floor(at / width) - cy];
    const [u, v] = [dx * ux + dy * uy, dy * ux - dx * uy];
    [low, high, above, below] = [Math.min(low, u), Math.max(high, u), Math.min(above, v), Math.max(below, v)];
  }
  const score = inside / points.length;
  const thick = Math.min(mass / (high - low + 1), below - above + 1.6);
  const tall = (settings.height * thick) / (1 - 2 * settings.shrink);
  const certain = w >= 1.3 * h ? settings.certain : settings.certain_alone;
  if (!(points.length >= 3 && tall > 1.6 && score > certain)) return [];
  const ends = 0.5 + settings.shrink * tall;
  const start: Point = [cx + 0.5 + ux * (low - ends), cy + 0.5 + uy * (low - ends)];
  return [{ start, along: [ux, uy], width: high - low + 2 * ends, height: tall, score }];
}
