/** Pages whose lines run at an angle, turned back so that the detector finds them. */

import { type Colour, type Grey, type Point, type Quad, median, toGrey } from "../pixels/image";
import { type Matrix, mapped, warpColour } from "../pixels/warp";
import { resizedColour } from "../pixels/resize";
import type { Box } from "../reading/boxes";
import { skewOf } from "./orient";

/** Longer side of the copy whose ink is looked at, the half side of the surroundings it differs from, and by how many levels. */
const [SIDE, AROUND, INK] = [360, 20, 24];
/** Least share of the page that is ink. */
const LEAST_INK = 0.002;
/** Least ratio of the sharpness of the best angle to the median one. */
const CLEAR = 1.6;
/** Degrees up to which the detector finds the lines, and beyond which the direction of a skew is ambiguous. */
const [LEVEL, STEEP] = [8, 40];
/** Median length of lines, in heights, below which what was found may be pieces of steep lines. */
const PIECES = 4;
/** Lines that show a skew, at least, and the share of them, by length, that agrees within a degree. */
const [SOME, AGREED] = [3, 0.7];

/** A page turned back, and the map from its pixels to those of the page as it was. */
export interface Levelled {
  readonly picture: Colour;
  readonly back: Matrix;
}

/** Whether what was found is mostly short, as words and the pieces of steep lines are, or nothing. */
export function inPieces(boxes: readonly Box[]): boolean {
  return median(boxes.map((box) => box.width / Math.max(box.height, 1))) < PIECES;
}

/** Whether long lines run at an angle, whether or not others agree. */
export function mayBeSteep(boxes: readonly Box[]): boolean {
  return Math.abs(skewOf(boxes)) >= LEVEL;
}

/** Degrees, clockwise, by which the lines of a page agree to run; 0 where they do not, or run nearly level. */
export function steepSkew(boxes: readonly Box[]): number {
  const long = boxes.filter((box) => box.width >= 3 * box.height);
  const skew = skewOf(boxes);
  const [all, agreed] = [long, long.filter((box) => Math.abs(angleOf(box) - skew) <= 1)].map((some) => some.reduce((sum, { width }) => sum + width, 0));
  return long.length >= SOME && agreed >= AGREED * all && Math.abs(skew) >= LEVEL && Math.abs(skew) <= STEEP ? skew : 0;
}

/** Degrees, clockwise and up to 45 either way, by which rows or columns of text are turned; 0 if it is not clear. */
export function slant(image: Colour): number {
  const shrink = Math.min(1, SIDE / Math.max(image.width, image.height));
  const ink = inkOf(toGrey(resizedColour(image, image.width * shrink, image.height * shrink)));
  if (ink.weight.length < LEAST_INK * ink.pixels) return 0;
  const best = (angles: readonly number[]): { readonly angle: number; readonly sharp: number; readonly usual: number } => {
    const sharp = angles.map((angle) => sharpness(ink, angle));
    const most = Math.max(...sharp);
    return { angle: angles[sharp.indexOf(most)], sharp: most, usual: median(sharp) };
  };
  const coarse = best(Array.from({ length: 30 }, (_, k) => 3 * k - 45));
  const fine = best(Array.from({ length: 11 }, (_, k) => coarse.angle - 2.5 + k / 2));
  if (fine.sharp <= CLEAR * coarse.usual || Math.abs(fine.angle) <= LEVEL) return 0;
  return ((((fine.angle + 45) % 90) + 90) % 90) - 45;
}

/** A page turned back by degrees, large enough for all of it; what is new has the tone of its paper. */
export function levelled(image: Colour, degrees: number): Levelled {
  const angle = (degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const width = Math.ceil(image.width * cosine + image.height * Math.abs(sine));
  const height = Math.ceil(image.width * Math.abs(sine) + image.height * cosine);
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const [x, y] = [(image.width - 1) / 2, (image.height - 1) / 2];
  const back = [cosine, -sine, x - cosine * cx + sine * cy, sine, cosine, y - sine * cx - cosine * cy, 0, 0, 1];
  return { picture: warpColour(image, back, width, height, paperOf(image)), back };
}

/** A quad of a picture, ``width`` x ``height``, on that picture turned clockwise by a multiple of 90 degrees. */
export function turnedQuad(quad: Quad, degrees: number, width: number, height: number): Quad {
  const turn = ([x, y]: Point): Point => {
    if (degrees === 90) return [height - y, x];
    if (degrees === 180) return [width - x, height - y];
    return degrees === 270 ? [y, width - x] : [x, y];
  };
  return quad.map(turn) as unknown as Quad;
}

/** A quad of a page that was turned back, on the page as it was; corners of pixels, not their middles. */
export function quadBack(quad: Quad, back: Matrix): Quad {
  return quad.map(([x, y]): Point => {
    const [u, v] = mapped(back, x - 0.5, y - 0.5);
    return [u + 0.5, v + 0.5];
  }) as unknown as Quad;
}

function angleOf({ along }: Box): number {
  return (Math.atan2(along[1], along[0]) * 180) / Math.PI;
}

interface Ink {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly weight: Float32Array;
  /** How many pixels are looked at; the diagonal of their picture. */
  readonly pixels: number;
  readonly reach: number;
}

/** What differs from the mean of its surroundings, about the middle of the picture. */
function inkOf({ data, width, height }: Grey): Ink {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0, row = 0; x < width; x++) {
      row += data[y * width + x];
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
    }
  const found: number[][] = [[], [], []];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [x0, x1] = [Math.max(0, x - AROUND), Math.min(width, x + AROUND + 1)];
      const [y0, y1] = [Math.max(0, y - AROUND) * (width + 1), Math.min(height, y + AROUND + 1) * (width + 1)];
      const mean = (sums[y1 + x1] - sums[y1 + x0] - sums[y0 + x1] + sums[y0 + x0]) / ((x1 - x0) * ((y1 - y0) / (width + 1)));
      const apart = Math.abs(data[y * width + x] - mean);
      if (apart < INK) continue;
      [x - width / 2, y - height / 2, apart].forEach((value, k) => found[k].push(value));
    }
  const [x, y, weight] = found.map((values) => Float32Array.from(values));
  return { x, y, weight, pixels: data.length, reach: Math.ceil(Math.hypot(width, height)) + 2 };
}

/** How much the sums along rows or columns vary from one to the next, with the ink turned back by ``degrees``. */
function sharpness({ x, y, weight, reach }: Ink, degrees: number): number {
  const [cosine, sine] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const across = new Float64Array(reach + 2);
  const down = new Float64Array(reach + 2);
  const add = (sums: Float64Array, place: number, value: number): void => {
    const first = Math.floor(place);
    sums[first] += value * (1 - place + first);
    sums[first + 1] += value * (place - first);
  };
  for (let k = 0; k < weight.length; k++) {
    add(across, reach / 2 + cosine * x[k] + sine * y[k], weight[k]);
    add(down, reach / 2 + cosine * y[k] - sine * x[k], weight[k]);
  }
  return Math.max(...[across, down].map((sums) => sums.reduce((total, sum, k) => (k ? total + (sum - sums[k - 1]) ** 2 : 0), 0)));
}

/** The tone of most of a page, by channels. */
function paperOf(image: Colour): [number, number, number] {
  const step = Math.max(1, Math.floor((image.width * image.height) / 4096));
  const places = Array.from({ length: Math.floor((image.width * image.height) / step) }, (_, k) => 4 * k * step);
  return [0, 1, 2].map((c) => median(places.map((place) => image.data[place + c]))) as [number, number, number];
}
