/** Loops over all pixels of a page, in WebAssembly with SIMD: ``pixels.c`` and ``labels.c``. */

import file from "./pixels.wasm?inline";

interface Code {
  readonly memory: WebAssembly.Memory;
  heap(): number;
  reach(end: number): number;
  luma(from: number, to: number, count: number, swapped: number): void;
  swap(pixels: number, count: number): void;
  area(from: number, width: number, height: number, to: number, w: number, h: number, channels: number, scratch: number): void;
  warp(
    from: number, w: number, h: number, a: number, b: number, c: number, d: number, e: number, f: number, to: number,
    width: number, height: number,
  ): void;
  halve(from: number, width: number, height: number, to: number, channels: number): void;
  count(from: number, bytes: number, to: number): void;
  columns(from: number, width: number, height: number, low: number, high: number, to: number): void;
  mask(from: number, width: number, height: number, low: number, high: number, to: number, scratch: number): number;
  label(mask: number, width: number, height: number, eight: number, labels: number, parent: number): number;
  boxes(labels: number, width: number, height: number, count: number, to: number): void;
  kernels(map: number, labels: number, width: number, height: number, count: number, boxes: number, to: number): void;
  above(map: number, count: number, threshold: number, to: number): void;
  look(from: number, width: number, height: number, table: number, to: number, wide: number): void;
}

/** Bytes from which on a picture stays in the memory of the code until another that is as large: a page is used for each of its lines. */
const PAGE = 1 << 16;
/** Pixels that are computed at a time, where they are not kept. */
const BAND = 1 << 18;

let code: Code | null = null;
let held: Uint8Array | null = null;

function loaded(): Code {
  if (code) return code;
  const bytes = Uint8Array.from(atob(file.slice(file.indexOf(",") + 1)), (character) => character.charCodeAt(0));
  return (code = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Code);
}

const aligned = (bytes: number): number => (bytes + 31) & ~15;

/** Where a picture lies in the memory, after it was copied there if need be, and where so many bytes after it are free. */
function placed(data: Uint8Array, bytes: number): { readonly at: number; readonly free: number } {
  const { heap, reach, memory } = loaded();
  const start = aligned(heap());
  const small = data !== held && data.length < Math.max(PAGE, held?.length ?? 0);
  const kept = small ? (held?.length ?? 0) : data.length;
  const at = small ? start + aligned(kept) : start;
  const free = at + aligned(data.length);
  if (!reach(free + bytes)) throw new RangeError("there is not enough memory for a picture of this size");
  if (data !== held) new Uint8Array(memory.buffer, at, data.length).set(data);
  if (!small) held = data;
  return { at, free };
}

function copied(at: number, bytes: number): Uint8Array {
  return new Uint8Array(loaded().memory.buffer, at, bytes).slice();
}

/** Rec. 601 luma of RGBA (of BGRA, if ``swapped``) in 15-bit fixed point, as OpenCV computes it. */
export function luma(data: Uint8ClampedArray, swapped = false): Uint8Array {
  const out = new Uint8Array(data.length / 4);
  for (let first = 0; first < out.length; first += BAND) {
    const count = Math.min(BAND, out.length - first);
    const part = new Uint8Array(data.buffer, data.byteOffset + 4 * first, 4 * count);
    const { at, free } = placed(part, BAND + 16);
    loaded().luma(at, free, count, Number(swapped));
    out.set(new Uint8Array(loaded().memory.buffer, free, count), first);
  }
  held = null;
  return out;
}

/** Makes opaque RGBA of BGRX, in place. */
export function swapRedAndBlue(data: Uint8ClampedArray): void {
  for (let first = 0; first < data.length; first += 4 * BAND) {
    const part = new Uint8Array(data.buffer, data.byteOffset + first, Math.min(4 * BAND, data.length - first));
    const { at } = placed(part, 16);
    loaded().swap(at, part.length / 4);
    part.set(new Uint8Array(loaded().memory.buffer, at, part.length));
  }
  held = null;
}

/** A picture of one or four channels made smaller: each pixel is the average of those under it. */
export function averaged(data: Uint8Array, width: number, height: number, w: number, h: number, channels: 1 | 4): Uint8Array {
  const size = w * h * channels;
  const scratch = 4 * (width * (channels + 5) + height + 12 * (w + h) + 64);
  const { at, free } = placed(data, aligned(size) + scratch);
  loaded().area(at, width, height, free, w, h, channels, free + aligned(size));
  return copied(free, size);
}

/** A grey picture sampled at ``back(x, y)``, an affine map, for each pixel of the result; its border is repeated. */
export function warped(data: Uint8Array, w: number, h: number, back: readonly number[], width: number, height: number): Uint8Array {
  const { at, free } = placed(data, width * height + 16);
  const [a, b, c, d, e, f] = back;
  loaded().warp(at, w, h, a, b, c, d, e, f, free, width, height);
  return copied(free, width * height);
}

/** A picture of one or four channels at half its size: each pixel is the mean of four. */
export function halved(data: Uint8Array, width: number, height: number, channels: 1 | 4): Uint8Array {
  const [row, w, h] = [width * channels, width >> 1, height >> 1];
  const out = new Uint8Array(w * h * channels);
  const rows = Math.max(1, Math.floor(BAND / row)); // of the result
  for (let y = 0; y < h; y += rows) {
    const high = Math.min(rows, h - y);
    const { at, free } = placed(data.subarray(2 * y * row, 2 * (y + high) * row), w * high * channels);
    loaded().halve(at, width, 2 * high, free, channels);
    out.set(new Uint8Array(loaded().memory.buffer, free, w * high * channels), y * w * channels);
  }
  return out;
}

/** How often each value comes. */
export function counted(data: Uint8Array): Uint32Array {
  const { at, free } = placed(data, 1024);
  loaded().count(at, data.length, free);
  return new Uint32Array(loaded().memory.buffer, free, 256).slice();
}

/** Of each column, whether it has a value from ``low`` to ``high``. */
export function columnsWith(data: Uint8Array, width: number, height: number, low: number, high: number): Uint8Array {
  if (low > high) return new Uint8Array(width);
  const { at, free } = placed(data, width + 16);
  loaded().columns(at, width, height, low, high, free);
  return copied(free, width);
}

/** A mask of the values from ``low`` to ``high``, closed by three pixels along rows; and how many values there are of those. */
export function maskOf(data: Uint8Array, width: number, height: number, low: number, high: number): { readonly mask: Uint8Array; readonly inside: number } {
  const { at, free } = placed(data, data.length + width + 32);
  const inside = loaded().mask(at, width, height, low, high, free, free + aligned(data.length));
  return { mask: copied(free, data.length), inside };
}

/** The number that a table has for each value, in rows of ``wide`` numbers, ``high`` of them; ``rest`` fills what is beyond. */
export function looked(
  data: Uint8Array, width: number, height: number, table: Float32Array, wide: number, high: number, rest: number,
): Float32Array {
  const { at, free } = placed(data, 1024 + 4 * wide * height);
  const { buffer } = loaded().memory;
  new Float32Array(buffer, free, 256).set(table);
  const to = new Float32Array(buffer, free + 1024, wide * height).fill(rest);
  loaded().look(at, width, height, free, free + 1024, wide);
  const out = new Float32Array(wide * high);
  out.set(to);
  return out.fill(rest, wide * height);
}

/** Bounding boxes and areas of the components of a mask, whose pixels touch at sides or corners. */
export interface Blob {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly area: number;
}

/** Numbers of a box in the memory, and of a kernel. */
const [BOX, KERNEL] = [5, 13];

/** Bytes that the labels of a mask take, and what finds them. */
const labelBytes = (width: number, height: number): readonly [number, number] =>
  [aligned(4 * (width + 2) * (height + 1) + 16), aligned(4 * ((width * height) / 2 + 4))];

/** Room after what is there, for what follows from a number that has just been found. */
function room(at: number, bytes: number): void {
  if (!loaded().reach(at + bytes)) throw new RangeError("there is not enough memory for a picture of this size");
}

export function blobsOf(mask: Uint8Array, width: number, height: number): Blob[] {
  const [labels, parents] = labelBytes(width, height);
  const { at, free } = placed(mask, labels + parents);
  const count = loaded().label(at, width, height, 1, free, free + labels);
  const to = free + labels;
  room(to, 4 * BOX * count);
  loaded().boxes(free, width, height, count, to);
  const found = new Int32Array(loaded().memory.buffer, to, BOX * count);
  return Array.from({ length: count - 1 }, (_, k) => {
    const [left, top, right, bottom, area] = found.subarray(BOX * (k + 1), BOX * (k + 2));
    return { left, top, width: right - left + 1, height: bottom - top + 1, area };
  });
}

/** A component of the detector's map, weighed by its probabilities; in points of the map. */
export interface Kernel {
  /** Of the component with its soft edge: the points around it that belong to no other. */
  readonly mass: number;
  readonly x: number;
  readonly y: number;
  /** The direction of its text, of length 1. */
  readonly ux: number;
  readonly uy: number;
  /** How far its points lie from the centre along that direction, and across. */
  readonly low: number;
  readonly high: number;
  readonly above: number;
  readonly below: number;
  /** Without the edge: its mass and number of points; the sides of its box. */
  readonly inside: number;
  readonly points: number;
  readonly width: number;
  readonly height: number;
}

/** The components of a map above a threshold, whose points touch at sides. */
export function kernelsOf(map: Float32Array, width: number, height: number, threshold: number): Kernel[] {
  const [labels, parents] = labelBytes(width, height);
  const mask = aligned(map.length);
  const { at, free } = placed(new Uint8Array(map.buffer, map.byteOffset, map.byteLength), mask + labels + parents);
  const marked = free + mask;
  loaded().above(at, map.length, threshold, free);
  const count = loaded().label(free, width, height, 0, marked, marked + labels);
  const boxes = marked + labels;
  const to = boxes + aligned(4 * BOX * count);
  room(to, 8 * KERNEL * count);
  loaded().boxes(marked, width, height, count, boxes);
  loaded().kernels(at, marked, width, height, count, boxes, to);
  const found = new Float64Array(loaded().memory.buffer, to, KERNEL * (count - 1));
  return Array.from({ length: count - 1 }, (_, k) => {
    const [mass, x, y, ux, uy, low, high, above, below, inside, points, w, h] = found.subarray(KERNEL * k, KERNEL * (k + 1));
    return { mass, x, y, ux, uy, low, high, above, below, inside, points, width: w, height: h };
  });
}
