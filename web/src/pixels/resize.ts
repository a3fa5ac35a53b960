/** Resizing as OpenCV does it: area averaging where a picture shrinks, bilinear where it grows. */

import { type Colour, type Grey, roundEven } from "./image";

/** Weights of source pixels for one axis: for each output, its first source pixel and the weights from there. */
function areaWeights(from: number, to: number): { start: Int32Array; count: Int32Array; weight: Float32Array; most: number } {
  const scale = from / to;
  const most = Math.ceil(scale) + 2;
  const start = new Int32Array(to);
  const count = new Int32Array(to);
  const weight = new Float32Array(to * most);
  for (let k = 0; k < to; k++) {
    const low = k * scale;
    const high = Math.min(low + scale, from);
    const size = Math.min(scale, from - low);
    const first = Math.ceil(low - 1e-9);
    const last = Math.min(Math.floor(high + 1e-9), from);
    let n = 0;
    start[k] = first - low > 1e-3 ? first - 1 : first;
    if (first - low > 1e-3) weight[k * most + n++] = (first - low) / size;
    for (let x = first; x < last; x++) weight[k * most + n++] = 1 / size;
    if (high - last > 1e-3 && last < from) weight[k * most + n++] = Math.min(Math.min(high - last, 1), size) / size;
    count[k] = n;
  }
  return { start, count, weight, most };
}

function area(data: ArrayLike<number>, width: number, height: number, w: number, h: number, channels: number): Uint8Array {
  if (width === 2 * w && height === 2 * h) return halved(data, width, height, channels);
  const across = areaWeights(width, w);
  const down = areaWeights(height, h);
  const row = new Float32Array(w * channels);
  const sum = new Float32Array(w * channels);
  const out = new Uint8Array(w * h * channels);
  let cached = -1;
  const reduce = (y: number): void => {
    if (cached === y) return;
    cached = y;
    const base = y * width * channels;
    for (let x = 0; x < w; x++) {
      const at = across.start[x];
      const n = across.count[x];
      for (let c = 0; c < channels; c++) {
        let total = 0;
        for (let k = 0; k < n; k++) total += data[base + (at + k) * channels + c] * across.weight[x * across.most + k];
        row[x * channels + c] = total;
      }
    }
  };
  for (let y = 0; y < h; y++) {
    sum.fill(0);
    for (let k = 0; k < down.count[y]; k++) {
      reduce(down.start[y] + k);
      const share = down.weight[y * down.most + k];
      for (let i = 0; i < sum.length; i++) sum[i] += row[i] * share;
    }
    for (let i = 0; i < sum.length; i++) out[y * w * channels + i] = Math.min(255, roundEven(sum[i]));
  }
  return out;
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
function linear(data: ArrayLike<number>, width: number, height: number, w: number, h: number, channels: number): Uint8Array {
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

function halved(data: ArrayLike<number>, width: number, height: number, channels: number): Uint8Array {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; y++) {
    let a = 2 * y * width * channels;
    let b = a + width * channels;
    let o = y * w * channels;
    for (let x = 0; x < w; x++, a += 2 * channels, b += 2 * channels) {
      for (let c = 0; c < channels; c++)
        out[o++] = (data[a + c] + data[a + channels + c] + data[b + c] + data[b + channels + c] + 2) >> 2;
    }
  }
  return out;
}

/** A picture at another size: averaged over areas where it shrinks, else linear. */
export function resized(image: Grey, width: number, height: number): Grey {
  width = Math.max(1, roundEven(width));
  height = Math.max(1, roundEven(height));
  if (image.width === width && image.height === height) return image;
  return width < image.width ? resizeArea(image, width, height) : resizeLinear(image, width, height);
}

/** A colour picture at another size: halved repeatedly first, which is fast. */
export function resizedColour(image: Colour, width: number, height: number): Colour {
  width = Math.max(1, Math.round(width));
  height = Math.max(1, Math.round(height));
  let data: Uint8Array | Uint8ClampedArray = image.data;
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
