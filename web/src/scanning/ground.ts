/**
 * The background of a page: how light the paper is at each place, and the page as if it were lit evenly. The background is
 * a morphological closing of a small copy: what is darker than its surroundings over a greater width than that of strokes.
 */

import { type Colour, type Grey, plane, quantile, rgba, toGrey } from "../pixels/image";
import { resizedColour } from "../pixels/resize";

/** Pages that are more uneven are evened out before they are read. */
export const UNEVEN = 0.18;
const GLANCE = 256;
const SIDE = 512;
const STROKE = 5;
const SMOOTH = 5;
const BLACK = 0.12;
/** Share of pure black and white from which on a page was binarized and has no background. */
const PURE = 0.99;

/** Greatest (or least) value in a window of ``2 radius + 1`` along rows, then along columns. */
function spread(image: Grey, radius: number, most: boolean): Grey {
  const { width, height } = image;
  const pass = (data: Uint8Array, step: number, length: number, lines: number, stride: number): Uint8Array => {
    const out = new Uint8Array(data.length);
    for (let line = 0; line < lines; line++)
      for (let k = 0; k < length; k++) {
        let best = most ? 0 : 255;
        for (let n = Math.max(0, k - radius); n <= Math.min(length - 1, k + radius); n++) {
          const value = data[line * stride + n * step];
          if (most ? value > best : value < best) best = value;
        }
        out[line * stride + k * step] = best;
      }
    return out;
  };
  const rows = pass(image.data, 1, width, height, width);
  return { data: pass(rows, width, height, width, 1), width, height };
}

/** Median of the square window around each pixel; the border is repeated. */
export function medianBlur(image: Grey, side: number): Grey {
  const { data, width, height } = image;
  const radius = side >> 1;
  const out = new Uint8Array(data.length);
  const half = (side * side) >> 1;
  const histogram = new Int32Array(256);
  const column = (x: number): number => Math.min(Math.max(x, 0), width - 1);
  for (let y = 0; y < height; y++) {
    histogram.fill(0);
    const rows = Array.from({ length: side }, (_, k) => Math.min(Math.max(y + k - radius, 0), height - 1) * width);
    for (let k = -radius; k <= radius; k++) for (const row of rows) histogram[data[row + column(k)]]++;
    let [below, value] = [0, 0]; // how many of the window are less than the value
    for (let x = 0; x < width; x++) {
      while (below > half) below -= histogram[--value];
      while (below + histogram[value] <= half) below += histogram[value++];
      out[y * width + x] = value;
      const [left, right] = [column(x - radius), column(x + radius + 1)];
      for (let k = 0; k < rows.length; k++) {
        const [gone, come] = [data[rows[k] + left], data[rows[k] + right]];
        histogram[gone]--;
        histogram[come]++;
        if (gone < value) below--;
        if (come < value) below++;
      }
    }
  }
  return { data: out, width, height };
}

function histogramOf(image: Grey): Uint32Array {
  const out = new Uint32Array(256);
  for (const value of image.data) out[value]++;
  return out;
}

/** Background of a copy with this scale relative to the one for measuring; never 0. */
function ground(small: Grey, times: number): Grey {
  const radius = ((times * STROKE) | 1) >> 1;
  const closed = spread(spread(small, radius, true), radius, false);
  const smooth = medianBlur(closed, (times * SMOOTH) | 1);
  const light = Math.max(1, quantile(histogramOf(smooth), 0.9));
  return { ...smooth, data: smooth.data.map((value) => (value < BLACK * light ? light : Math.max(1, value))) };
}

/** Every so many pixels of a picture, in grey. */
function glance(image: Colour): Grey {
  const step = Math.ceil(Math.max(image.width, image.height) / GLANCE);
  const width = Math.ceil(image.width / step);
  const height = Math.ceil(image.height / step);
  const from = new Uint32Array(image.data.buffer, image.data.byteOffset, image.width * image.height);
  const to = new Uint32Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0, source = y * step * image.width; x < width; x++, source += step) to[at++] = from[source];
  return toGrey({ data: new Uint8ClampedArray(to.buffer), width, height, swapped: image.swapped });
}

function pure(small: Grey): boolean {
  let count = 0;
  for (const value of small.data) if (value === 0 || value === 255) count++;
  return count > PURE * small.data.length;
}

/** Whether a picture is of pure black and white: a page that was binarized, no photograph. */
export function isBinary(image: Colour): boolean {
  return pure(glance(image));
}

/** How much darker the background is in its darkest than in its lightest parts, 0..1. */
export function unevenness(image: Colour): number {
  const small = glance(image);
  if (pure(small)) return 0;
  let [sum, smooth] = [0, 0];
  const blurred = medianBlur(small, SMOOTH);
  small.data.forEach((value, k) => {
    sum += value;
    smooth += blurred.data[k];
  });
  if (sum >= smooth) return 0;
  const histogram = histogramOf(ground(small, 1));
  return 1 - quantile(histogram, 0.1) / Math.max(1, quantile(histogram, 0.9));
}

/** The page divided by its background, which becomes white: removes shadows, stains and tints. */
export function evened(page: Colour): Colour {
  const image = rgba(page);
  const share = Math.min(1, SIDE / Math.max(image.width, image.height));
  const small = resizedColour(image, image.width * share, image.height * share);
  const grounds = [0, 1, 2].map((c) => ground(plane(small, c), 2).data);
  const backdrop = new Uint8ClampedArray(small.data.length);
  for (let i = 0; i < grounds[0].length; i++) for (let c = 0; c < 3; c++) backdrop[4 * i + c] = grounds[c][i];
  const light = resizedColour({ data: backdrop, width: small.width, height: small.height }, image.width, image.height);
  const data = new Uint8ClampedArray(image.data.length);
  for (let i = 0; i < data.length; i += 4) {
    for (let c = 0; c < 3; c++) data[i + c] = (image.data[i + c] * 255) / (light.data[i + c] || 1);
    data[i + 3] = 255;
  }
  return { data, width: image.width, height: image.height };
}
