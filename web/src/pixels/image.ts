/** Pictures as plain arrays: grey ones with one byte a pixel, colour ones with four as a canvas has them. */

import { luma, swapRedAndBlue } from "./native";

export interface Grey {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface Colour {
  /** RGBA. */
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** Whether it is BGRX as yet, as a browser decoded it: what needs colours asks ``rgba`` for them. */
  swapped?: boolean;
}

export type Point = readonly [number, number];

/** Four corners, clockwise from the top left corner of the text. */
export type Quad = readonly [Point, Point, Point, Point];

export function grey(width: number, height: number, fill = 0): Grey {
  const data = new Uint8Array(width * height);
  if (fill) data.fill(fill);
  return { data, width, height };
}

export function toGrey({ data, width, height, swapped }: Colour): Grey {
  return { data: luma(data, swapped), width, height };
}

/** The picture with its channels in their places; they are put there once. */
export function rgba(image: Colour): Colour {
  if (image.swapped) swapRedAndBlue(image.data);
  image.swapped = false;
  return image;
}

/** One plane (0 red, 1 green, 2 blue) of a colour picture. */
export function plane(image: Colour, channel: number): Grey {
  const out = new Uint8Array(image.width * image.height);
  for (let i = 0, j = channel; i < out.length; i++, j += 4) out[i] = image.data[j];
  return { data: out, width: image.width, height: image.height };
}

/** Pixels of a rectangle, which lies inside the picture. */
export function cut(image: Grey, left: number, top: number, width: number, height: number): Grey {
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * image.width + left;
    out.set(image.data.subarray(start, start + width), y * width);
  }
  return { data: out, width, height };
}

/** The picture turned clockwise by a multiple of 90 degrees. */
export function turned(image: Colour, degrees: number): Colour {
  const quarter = (((degrees / 90) % 4) + 4) % 4;
  if (quarter === 0) return image;
  const source = new Uint32Array(image.data.buffer, image.data.byteOffset, image.width * image.height);
  const { width: w, height: h } = image;
  const out = new Uint32Array(w * h);
  const width = quarter % 2 ? h : w;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const value = source[y * w + x];
      if (quarter === 1) out[x * width + (h - 1 - y)] = value;
      else if (quarter === 2) out[(h - 1 - y) * width + (w - 1 - x)] = value;
      else out[(w - 1 - x) * width + y] = value;
    }
  }
  return { data: new Uint8ClampedArray(out.buffer), width, height: quarter % 2 ? w : h, swapped: image.swapped };
}

/** Mean of all pixels. */
export function mean(image: Grey): number {
  let sum = 0;
  for (let i = 0; i < image.data.length; i++) sum += image.data[i];
  return sum / Math.max(1, image.data.length);
}

/** The value below which a share (0..1) of a histogram of 256 bins lies. */
export function quantile(histogram: Uint32Array | number[], share: number): number {
  let total = 0;
  for (const count of histogram) total += count;
  const place = share * (total - 1);
  let seen = 0;
  for (let value = 0; value < 256; value++) {
    seen += histogram[value];
    if (seen > place) return value;
  }
  return 255;
}

/** Half to even, as numpy and Python round. */
export function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Median of numbers; of an even count the mean of the middle two. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (!sorted.length) return 0;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
