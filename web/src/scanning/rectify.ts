/** Rectifies a quad of a photograph to a rectangle of the true proportions. */

import type { Colour, Point, Quad } from "../pixels/image";
import { median } from "../pixels/image";
import { mapped, perspective, warpColour } from "../pixels/warp";

/** Focal length in units of the photograph's longer side: least, assumed where it cannot be told, and greatest. */
const [LEAST, USUAL, MOST] = [0.6, 1.2, 3.0];
/** Largest result in pixels. */
const MOST_PIXELS = 12_000_000;

type Ray = readonly [number, number, number];

function cross(a: Ray, b: Ray): Ray {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function dot(a: Ray, b: Ray): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function apart(value: number): number {
  return Math.abs(value) > 1e-12 ? value : 1e-12;
}

/**
 * Width over height of the rectangle that a photograph shows as ``quad``: Zhang and He, Whiteboard Scanning and Image
 * Enhancement, Digital Signal Processing 2007, section 3.4.
 */
export function aspectRatio(quad: Quad, width: number, height: number): number {
  const longer = Math.max(width, height);
  const [a, b, c, d] = quad.map(([x, y]): Ray => [(x - width / 2) / longer, (y - height / 2) / longer, 1]);
  const across = cross(a, c);
  const ray = (share: number, end: Ray): Ray => [share * end[0] - a[0], share * end[1] - a[1], share * end[2] - a[2]];
  const toB = ray(dot(across, d) / apart(dot(cross(b, c), d)), b);
  const toD = ray(dot(across, b) / apart(dot(cross(d, c), b)), d);
  const depth = toB[2] * toD[2];
  const squared = Math.abs(depth) > 1e-6 ? -(toB[0] * toD[0] + toB[1] * toD[1]) / depth : -1;
  const focal = squared >= LEAST ** 2 && squared <= MOST ** 2 ? Math.sqrt(squared) : USUAL;
  const length = (side: Ray): number => Math.sqrt((side[0] ** 2 + side[1] ** 2) / focal ** 2 + side[2] ** 2);
  return length(toB) / Math.max(length(toD), 1e-9);
}

/** Height in pixels at which no resolution of the photograph is lost. */
function density(quad: Quad, ratio: number): number {
  const unit: Point[] = [[0, 0], [ratio, 0], [ratio, 1], [0, 1]];
  const m = perspective(unit, quad);
  let closest = 0;
  for (const [x, y] of unit) {
    const w = m[6] * x + m[7] * y + 1;
    const [u, v] = mapped(m, x, y);
    for (const [px, py, pw] of [[m[0], m[3], m[6]], [m[1], m[4], m[7]]])
      closest = Math.max(closest, Math.hypot((px - u * pw) / w, (py - v * pw) / w));
  }
  return closest;
}

/** Median colour inside a quad, which fills what lies outside of the photograph. */
function tone(photo: Colour, quad: Quad): [number, number, number] {
  const samples: number[][] = [[], [], []];
  for (let v = 0.1; v < 0.95; v += 0.1)
    for (let u = 0.1; u < 0.95; u += 0.1) {
      const x = Math.round((1 - v) * ((1 - u) * quad[0][0] + u * quad[1][0]) + v * ((1 - u) * quad[3][0] + u * quad[2][0]));
      const y = Math.round((1 - v) * ((1 - u) * quad[0][1] + u * quad[1][1]) + v * ((1 - u) * quad[3][1] + u * quad[2][1]));
      if (x < 0 || y < 0 || x >= photo.width || y >= photo.height) continue;
      for (let c = 0; c < 3; c++) samples[c].push(photo.data[4 * (y * photo.width + x) + c]);
    }
  return samples.map((values) => (values.length ? median(values) : 255)) as [number, number, number];
}

/** The page inside ``quad`` as a rectangle, at the photograph's resolution. */
export function rectified(photo: Colour, quad: Quad): Colour {
  const ratio = Math.min(Math.max(aspectRatio(quad, photo.width, photo.height), 0.05), 20);
  const unit = Math.min(density(quad, ratio), Math.sqrt(MOST_PIXELS / ratio));
  const width = Math.max(1, Math.round(ratio * unit));
  const height = Math.max(1, Math.round(unit));
  const square: Point[] = [[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]];
  const back = perspective(square, quad.map(([x, y]): Point => [x - 0.5, y - 0.5]));
  return warpColour(photo, back, width, height, tone(photo, quad));
}

/** The picture rotated about its middle, clockwise by ``degrees``; corners are filled with the tone of the page. */
export function rotated(image: Colour, degrees: number): Colour {
  const { width, height } = image;
  const [cosine, sine] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const back = [cosine, sine, cx - cosine * cx - sine * cy, -sine, cosine, cy + sine * cx - cosine * cy, 0, 0, 1];
  const whole: Quad = [[0, 0], [width, 0], [width, height], [0, height]];
  return warpColour(image, back, width, height, tone(image, whole));
}
