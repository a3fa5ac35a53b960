/** Loops over all pixels of a page, in WebAssembly with SIMD: ``pixels.c``. */

import file from "./pixels.wasm?inline";

interface Code {
  readonly memory: WebAssembly.Memory;
  heap(): number;
  reach(end: number): number;
  luma(from: number, to: number, count: number): void;
  area(from: number, width: number, height: number, to: number, w: number, h: number, channels: number, scratch: number): void;
  warp(
    from: number, w: number, h: number, a: number, b: number, c: number, d: number, e: number, f: number, to: number,
    width: number, height: number,
  ): void;
  halve(from: number, width: number, height: number, to: number, channels: number): void;
  count(from: number, bytes: number, to: number): void;
  columns(from: number, width: number, height: number, low: number, high: number, to: number): void;
  mask(from: number, width: number, height: number, low: number, high: number, to: number, scratch: number): number;
  look(from: number, width: number, height: number, table: number, to: number, wide: number): void;
}

/** Bytes from which on a picture stays in the memory of the code until the next one: a page is used for each of its lines. */
const PAGE = 1 << 20;
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
  const small = data !== held && data.length < PAGE;
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

/** Rec. 601 luma of RGBA in 15-bit fixed point, as OpenCV computes it. */
export function luma(data: Uint8ClampedArray): Uint8Array {
  const out = new Uint8Array(data.length / 4);
  for (let first = 0; first < out.length; first += BAND) {
    const count = Math.min(BAND, out.length - first);
    const part = new Uint8Array(data.buffer, data.byteOffset + 4 * first, 4 * count);
    const { at, free } = placed(part, BAND + 16);
    loaded().luma(at, free, count);
    out.set(new Uint8Array(loaded().memory.buffer, free, count), first);
  }
  held = null;
  return out;
}

/** A picture of one or four channels made smaller: each pixel is the average of those under it. */
export function averaged(data: Uint8Array, width: number, height: number, w: number, h: number, channels: 1 | 4): Uint8Array {
  const size = w * h * channels;
  const scratch = 4 * (width * (channels + 1) + height + 6 * (w + h) + 16);
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
