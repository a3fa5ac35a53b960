/** Resizing as OpenCV does it: area averaging where a picture shrinks, bilinear where it grows. */

import { type Colour, type Grey, roundEven } from "./image";
import { averaged, halved } from "./native";

function area(data: Uint8Array, width: number, height: number, w: number, h: number, channels: 1 | 4): Uint8Array {
  if (width === 2 * w && height === 2 * h) return halved(data, width, height, channels);
  return averaged(data, width, height, w, h, channels);
}

/** Neighbours of each pixel of the result along one axis, and the weight of the second in 2048ths. */
function linearPlaces(from: number, to: number): { first: Int32Array; second: Int32Array; weight: Int32Array } {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const weight = new Int32Array(to);
  for (let k = 0; k < to; k++) {
    const place = Math.min(Math.max(Math.fround((k + 0.5) * (from / to) - 0.5), 0), from - 1);
    first[k] = Math.floor(place);
    second[k] = Math.min(first[k] + 1, from - 1);
    weight[k] = roundEven(Math.fround(place - first[k]) * 2048);
  }
  return { first, second, weight };
}

/** In fixed point, rounded as OpenCV rounds. */
function linear(data: Uint8Array, width: number, height: number, w: number, h: number, channels: number): Uint8Array {
  const across = linearPlaces(width, w);
  const down = linearPlaces(height, h);
  const out = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; y++) {
    const above = down.first[y] * width;
    const below = down.second[y] * width;
    const v = down.weight[y];
    for (let x = 0; x < w; x++) {
      const left = across.first[x];
      const right = across.second[x];
      const u = across.weight[x];
      for (let c = 0; c < channels; c++) {
        const top = data[(above + left) * channels + c] * (2048 - u) + data[(above + right) * channels + c] * u;
        const bottom = data[(below + left) * channels + c] * (2048 - u) + data[(below + right) * channels + c] * u;
        out[(y * w + x) * channels + c] = ((((2048 - v) * (top >> 4)) >> 16) + ((v * (bottom >> 4)) >> 16) + 2) >> 2;
      }
    }
  }
  return out;
}

function resizeArea(image: Grey, width: number, height: number): Grey {
  return { data: area(image.data, image.width, image.height, width, height, 1), width, height };
}

function resizeLinear(image: Grey, width: number, height: number): Grey {
  return { data: linear(image.data, image.width, image.height, width, height, 1), width, height };
}

/** A picture at another size: averaged over areas where it shrinks, else linear. */
export function resized(image: Grey, width: number, height: number): Grey {
  width = Math.max(1, roundEven(width));
  height = Math.max(1, roundEven(height));
  if (image.width === width && image.height === height) return image;
  return width < image.width ? resizeArea(image, width, height) : resizeLinear(image, width, height);
}

/** Reduction from which on a picture is halved first; beyond a half, the little that is missing is interpolated again. */
const HALVED = 1.9;

/** A picture made smaller, halved repeatedly first: not quite its averages, but faster. */
export function reduced(image: Grey, width: number, height: number): Grey {
  width = Math.max(1, roundEven(width));
  height = Math.max(1, roundEven(height));
  let seen = image;
  while (seen.width >= HALVED * width && seen.height >= HALVED * height) {
    const [w, h] = [seen.width >> 1, seen.height >> 1];
    seen = { data: halved(seen.data, seen.width, seen.height, 1), width: w, height: h };
  }
  return resized(seen, width, height);
}

/** A colour picture at another size: halved repeatedly first, which is fast. */
export function resizedColour(image: Colour, width: number, height: number): Colour {
  width = Math.max(1, Math.round(width));
  height = Math.max(1, Math.round(height));
  let data: Uint8Array = new Uint8Array(image.data.buffer, image.data.byteOffset, image.data.length);
  let { width: w, height: h } = image;
  while (w >= 2 * width && h >= 2 * height) {
    data = halved(data, w, h, 4);
    w >>= 1;
    h >>= 1;
  }
  if (w !== width || h !== height)
    data = width < w ? area(data, w, h, width, height, 4) : linear(data, w, h, width, height, 4);
  return { data: new Uint8ClampedArray(data.buffer, data.byteOffset, width * height * 4), width, height };
}
