/**
 * The page as if on white paper, by a small net. It sees a reduced copy; its change of tones is carried over to the page
 * by a guided filter (He and Sun, Fast Guided Filter, arXiv 1505.00996): around every point the result is a linear
 * function of the page's own tone, and only the two coefficients are enlarged. The same as ``ocr/page/enhance.py``.
 */

import type { Colour } from "../pixels/image";
import { resizedColour } from "../pixels/resize";

/** Least scale to which a page is reduced, so that small print stays legible. */
const LEAST_SCALE = 1 / 3;
/** Radius of the filter's window on the reduced page, and its regularisation (variance of tones 0..1). */
const [RADIUS, FLAT] = [2, 1e-4];

/** From the planes of a picture, 0..1, to those of the result; both sides are even. */
export type WhitenNet = (planes: Float32Array, width: number, height: number) => Promise<Float32Array>;

/** The planes of a picture, 0..1, its sides made even by repeating the last column and row. */
function evenPlanes(image: Colour, width: number, height: number): Float32Array {
  const out = new Float32Array(3 * width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const from = 4 * (Math.min(y, image.height - 1) * image.width + Math.min(x, image.width - 1));
      for (let c = 0; c < 3; c++) out[c * width * height + i] = image.data[from + c] / 255;
    }
  return out;
}

/** Means over the window around each point; tones beyond the border are those mirrored in it. */
function means(tones: Float32Array, width: number, height: number): Float32Array {
  const mirrored = (k: number, size: number): number => (size < 2 ? 0 : k < 0 ? Math.min(-k, size - 1) : k >= size ? Math.max(2 * size - 2 - k, 0) : k);
  const pass = (from: Float32Array, step: number, length: number, stride: number, lines: number): Float32Array => {
    const out = new Float32Array(from.length);
    for (let k = 0; k < length; k++) {
      const taps = Array.from({ length: 2 * RADIUS + 1 }, (_, n) => mirrored(k + n - RADIUS, length) * step);
      for (let line = 0, at = 0; line < lines; line++, at += stride) {
        let sum = 0;
        for (const tap of taps) sum += from[at + tap];
        out[at + k * step] = sum / taps.length;
      }
    }
    return out;
  };
  return pass(pass(tones, 1, width, width, height), width, height, 1, width);
}

interface Line {
  readonly slope: Float32Array;
  readonly shift: Float32Array;
}

/** Slope and shift of the linear function around each point that takes the tones of the guide to those that are wanted. */
function fitted(guide: Float32Array, wanted: Float32Array, width: number, height: number): Line {
  const mean = means(guide, width, height);
  const level = means(wanted, width, height);
  const squares = means(guide.map((tone) => tone * tone), width, height);
  const products = means(guide.map((tone, k) => tone * wanted[k]), width, height);
  const steep = mean.map((m, k) => (products[k] - m * level[k]) / (Math.max(squares[k] - m * m, 0) + FLAT));
  return {
    slope: means(steep, width, height),
    shift: means(level.map((tone, k) => 255 * (tone - steep[k] * mean[k])), width, height),
  };
}

/** Neighbours of each point of a longer axis, and the share of the second. */
function places(from: number, to: number): { first: Int32Array; second: Int32Array; share: Float32Array } {
  const place = Float64Array.from({ length: to }, (_, k) => Math.min(Math.max(((k + 0.5) * from) / to - 0.5, 0), from - 1));
  const first = Int32Array.from(place, Math.floor);
  return { first, second: first.map((k) => Math.min(k + 1, from - 1)), share: Float32Array.from(place, (value, k) => value - first[k]) };
}

/** The page with its tones changed by the function of each point, which has rows of ``w``; ``out`` gets one of its channels. */
function carriedOver(image: Colour, channel: number, line: Line, small: Colour, w: number, out: Uint8ClampedArray): void {
  const { width, height, data } = image;
  const across = places(small.width, width);
  const down = places(small.height, height);
  const [slope, shift] = [new Float32Array(w), new Float32Array(w)];
  for (let y = 0, at = channel; y < height; y++) {
    const [above, below, share] = [down.first[y] * w, down.second[y] * w, down.share[y]];
    for (let x = 0; x < w; x++) {
      slope[x] = line.slope[above + x] + (line.slope[below + x] - line.slope[above + x]) * share;
      shift[x] = line.shift[above + x] + (line.shift[below + x] - line.shift[above + x]) * share;
    }
    for (let x = 0; x < width; x++, at += 4) {
      const [a, b, part] = [across.first[x], across.second[x], across.share[x]];
      out[at] = data[at] * (slope[a] + (slope[b] - slope[a]) * part) + shift[a] + (shift[b] - shift[a]) * part;
    }
  }
}

/** The page whitened by a net that sees about so many pixels of it. */
export async function whitenedByNet(image: Colour, pixels: number, net: WhitenNet): Promise<Colour> {
  const share = Math.min(1, Math.max(LEAST_SCALE, Math.sqrt(pixels / (image.width * image.height))));
  const small = resizedColour(image, image.width * share, image.height * share);
  const [w, h] = [small.width + (small.width % 2), small.height + (small.height % 2)];
  const planes = evenPlanes(small, w, h);
  const result = (await net(planes, w, h)).map((tone) => Math.min(Math.max(tone, 0), 1));
  const data = new Uint8ClampedArray(image.data.length).fill(255);
  for (let c = 0; c < 3; c++) {
    const of = (tones: Float32Array): Float32Array => tones.subarray(c * w * h, (c + 1) * w * h);
    if (share === 1) {
      for (let y = 0; y < image.height; y++)
        for (let x = 0; x < image.width; x++) data[4 * (y * image.width + x) + c] = 255 * result[c * w * h + y * w + x];
    } else carriedOver(image, c, fitted(of(planes), of(result), w, h), small, w, data);
  }
  return { data, width: image.width, height: image.height };
}
