/** From the detector's map of probabilities to boxes of lines: each kernel by its moments, grown to the whole line. */

import type { Point, Quad } from "../pixels/image";
import { type Kernel, kernelsOf } from "../pixels/native";
import type { Hull } from "./look";

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
  /** Whether it is ink that only its reading shows to be text. */
  readonly guessed?: boolean;
  /** Whether it was found at a second look, where ink was left: most marks there are no text. */
  readonly leftover?: boolean;
}

export interface DetectorSettings {
  readonly line_height: number;
  readonly smallest: number;
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

/** Left, top, right and bottom of a box. */
export function hullOf(box: Box): Hull {
  const [x, y] = [0, 1].map((axis) => cornersOf(box).map((corner) => corner[axis]));
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

/** The box in a picture that is larger by a factor. */
export function enlarged(box: Box, by: number): Box {
  return { ...box, start: [box.start[0] * by, box.start[1] * by], width: box.width * by, height: box.height * by };
}

/** Boxes in points of a map, ``width`` points wide. */
export function boxesFromMap(map: Float32Array, width: number, height: number, settings: DetectorSettings): Box[] {
  return kernelsOf(map, width, height, settings.threshold).flatMap((kernel) => boxOf(kernel, settings));
}

function boxOf(kernel: Kernel, settings: DetectorSettings): Box[] {
  const { mass, x, y, ux, uy, low, high, above, below, inside, points, width, height } = kernel;
  const score = inside / points;
  const thick = Math.min(mass / (high - low + 1), below - above + 1.6);
  const tall = (settings.height * thick) / (1 - 2 * settings.shrink);
  const certain = Math.max(width, height * Math.abs(uy)) >= 1.3 * (uy ? Math.min(width, height) : height) ? settings.certain : settings.certain_alone;
  if (!(points >= 3 && tall > 1.6 && score > certain)) return [];
  const ends = 0.5 + settings.shrink * tall;
  const start: Point = [x + 0.5 + ux * (low - ends), y + 0.5 + uy * (low - ends)];
  return [{ start, along: [ux, uy], width: high - low + 2 * ends, height: tall, score }];
}
