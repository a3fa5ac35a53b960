/**
 * The background of a page: how light the paper is at each place, and the page as if it were lit evenly. The background is
 * a morphological closing of a small copy: what is darker than its surroundings over a greater width than that of strokes.
 */

import { medianBlur } from "../pixels/blur";
import { components } from "../pixels/components";
import { type Colour, type Grey, plane, quantile, rgba, toGrey } from "../pixels/image";
import { resizedColour } from "../pixels/resize";
import { percentiles } from "../reading/crops";

/** Pages that are more uneven are evened out before they are read. */
export const UNEVEN = 0.18;
const GLANCE = 256;
const SIDE = 512;
const STROKE = 5;
const SMOOTH = 5;
const BLACK = 0.12;
/** Percentiles of the background that are compared. */
const SPREAD = [10, 90];
/** Share of pure black and white from which on a page was binarized and has no background. */
const PURE = 0.99;
/** Light of a dark panel, at most, as a share of the lightest ground: what has light print there stays as it is, if it is at least this share of the page, */
const [PANEL, PANEL_AREA] = [0.55, 0.004];
/** and what is lighter than it outweighs what is darker so many times, by so many levels on average; or, where there is little print, so many. */
const [PRINT, SPARSE] = [[1.5, 2], [6, 0.5]] as const;
/** Where this share of the darker ground is of one colour, in windows of this side, a program may have filled it. So many places are looked at, at most. */
const [FLAT, WINDOW, PLACES] = [0.4, 5, 2000];
/** It did where so much of the edge of that ground is a step of so much of the light: shadows begin softly. */
const [SHARP, STEP] = [0.5, 0.12];

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

/** How much darker the background is in its darkest than in its lightest parts, 0..1; 0 where it is filled with colours. */
export function unevenness(image: Colour): number {
  const small = glance(image);
  if (pure(small)) return 0;
  const dark = panels(small, 1);
  const seen = (_: number, k: number): boolean => !dark[k];
  let [sum, smooth] = [0, 0];
  const blurred = medianBlur(small, SMOOTH);
  small.data.forEach((value, k) => {
    if (dark[k]) return;
    sum += value;
    smooth += blurred.data[k];
  });
  if (sum >= smooth) return 0;
  const backdrop = ground(small, 1);
  const [low, light] = percentiles(backdrop.data.filter(seen), SPREAD);
  const uneven = 1 - low / Math.max(1, light);
  if (uneven < UNEVEN) return uneven;
  const darker = Uint8Array.from(backdrop.data, (value, k) => Number(!dark[k] && value < (1 - UNEVEN) * light));
  return steps(backdrop, darker, STEP * light) > SHARP && flat(image, small, darker) > FLAT ? 0 : uneven;
}

/** The share of the edge of the dark parts of a ground that is a step of a least height. */
function steps(backdrop: Grey, dark: Uint8Array, least: number): number {
  const { width, height } = backdrop;
  const inner = spread({ data: dark, width, height }, 1, false).data;
  const [low, high] = [spread(backdrop, 1, false).data, spread(backdrop, 1, true).data];
  let [edge, steep] = [0, 0];
  dark.forEach((is, k) => {
    if (!is || inner[k]) return;
    edge++;
    if (high[k] - low[k] >= least) steep++;
  });
  return edge ? steep / edge : 0;
}

/** The share of places that are of one colour alone, of those that are dark in the glance at a picture. */
function flat(image: Colour, small: Grey, dark: Uint8Array): number {
  const step = Math.ceil(Math.max(image.width, image.height) / GLANCE);
  const pixels = new Uint32Array(image.data.buffer, image.data.byteOffset, image.width * image.height);
  const places = [...dark.keys()].filter((k) => dark[k]);
  const some = places.filter((_, k) => k % (1 + Math.floor(places.length / PLACES)) === 0);
  const isFlat = (place: number): boolean => {
    const left = Math.max(0, Math.min(step * (place % small.width), image.width - WINDOW));
    const top = Math.max(0, Math.min(step * Math.floor(place / small.width), image.height - WINDOW));
    const first = pixels[top * image.width + left];
    for (let y = top; y < Math.min(image.height, top + WINDOW); y++)
      for (let x = left; x < Math.min(image.width, left + WINDOW); x++) if (pixels[y * image.width + x] !== first) return false;
    return true;
  };
  return some.length ? some.filter(isFlat).length / some.length : 0;
}

/** Where a small copy has dark panels with light print; a shadow has dark print. */
function panels(small: Grey, times: number): Uint8Array {
  const { width, height, data } = small;
  const usual = medianBlur(small, (2 * times * SMOOTH) | 1).data;
  const [, light] = percentiles(usual, SPREAD);
  const dark = usual.map((value) => Number(value < PANEL * light));
  const { labels, count } = components(dark, width, height, false);
  const inner = spread({ data: dark, width, height }, times, false).data;
  const [area, lighter, darker, places] = Array.from({ length: 4 }, () => new Float64Array(count));
  data.forEach((value, k) => {
    const label = labels[k];
    area[label]++;
    if (!inner[k]) return;
    places[label]++;
    lighter[label] += Math.max(0, value - usual[k]);
    darker[label] += Math.max(0, usual[k] - value);
  });
  const isPanel = (label: number): boolean =>
    label > 0 && area[label] > PANEL_AREA * data.length &&
    [PRINT, SPARSE].some(([times, levels]) => lighter[label] > times * darker[label] && lighter[label] > levels * places[label]);
  const found = Uint8Array.from({ length: count }, (_, label) => Number(isPanel(label)));
  return spread({ data: Uint8Array.from(labels, (label) => found[label]), width, height }, 2 * times, true).data;
}

/** The page divided by its background, which becomes white: removes shadows, stains and tints. Dark panels with light print stay dark. */
export function evened(page: Colour): Colour {
  const image = rgba(page);
  const share = Math.min(1, SIDE / Math.max(image.width, image.height));
  const small = resizedColour(image, image.width * share, image.height * share);
  const dark = panels(toGrey(small), 2);
  const grounds = [0, 1, 2].map((c) => {
    const { data } = ground(plane(small, c), 2);
    const light = Math.max(1, Math.round(percentiles(data, SPREAD)[1]));
    return data.map((value, k) => (dark[k] ? light : value));
  });
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
