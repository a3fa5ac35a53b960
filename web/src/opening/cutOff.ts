/** JPEG files that lack their last bytes: browsers refuse them, though nearly all of the picture is there. */

/** What ends a JPEG. */
const END = Uint8Array.of(0xff, 0xd9);
/** Bytes of other data that are put behind the end. */
const NOISE = 4096;
/** A pixel that differs by more was decided by data that are missing. */
const VISIBLE = 24;
/** The share of the rows, or the rows, that may be missing. */
const SLIGHT = 0.01;
const SLIGHT_ROWS = 16;
/** Rows that are compared at a time. */
const BAND = 256;

/** Other data, the same each time. */
function noise(): Uint8Array<ArrayBuffer> {
  let state = 5;
  return Uint8Array.from({ length: NOISE }, () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >> 16 & 127);
}

/** Whether a JPEG file lacks its end mark. */
export function lacksEnd(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  for (let at = Math.max(0, bytes.length - 16); at + 1 < bytes.length; at++) if (bytes[at] === END[0] && bytes[at + 1] === END[1]) return false;
  return true;
}

/** The first row of RGBA pixels that differ visibly, or -1. */
export function firstDifferent(one: Uint8ClampedArray, other: Uint8ClampedArray, width: number): number {
  const at = one.findIndex((value, k) => Math.abs(value - other[k]) > VISIBLE);
  return at < 0 ? at : Math.floor(at / (4 * width));
}

function rowsOf(picture: ImageBitmap, top: number, rows: number): Uint8ClampedArray {
  const context = new OffscreenCanvas(picture.width, rows).getContext("2d", { willReadFrequently: true })!;
  context.drawImage(picture, 0, -top);
  return context.getImageData(0, 0, picture.width, rows).data;
}

/** How many rows depend on what is missing: those from the first on in which two drawings with other data there differ. */
function lostRows(one: ImageBitmap, other: ImageBitmap): number {
  const { width, height } = one;
  for (let top = 0; top < height; top += BAND) {
    const rows = Math.min(BAND, height - top);
    const row = firstDifferent(rowsOf(one, top, rows), rowsOf(other, top, rows), width);
    if (row >= 0) return height - top - row;
  }
  return 0;
}

/**
 * A JPEG that lacks only its last bytes, with its end; null of any other file.
 *
 * It is decoded twice, with other data behind the end: what differs is what is missing, and no line of text is in so few
 * rows at the lower edge as may be.
 */
export async function completed(file: Blob, decoding: ImageBitmapOptions): Promise<Blob | null> {
  const all = new Uint8Array(await file.arrayBuffer());
  if (!lacksEnd(all)) return null;
  let length = all.length;
  while (all[length - 1] === 0xff) length--; // half a marker
  const bytes = all.subarray(0, length);
  const ended = [[END], [noise(), END]].map((tail) => new Blob([bytes, ...tail], { type: "image/jpeg" }));
  const drawn: ImageBitmap[] = [];
  try {
    for (const blob of ended) drawn.push(await createImageBitmap(blob, decoding));
    const [one, other] = drawn;
    return lostRows(one, other) > Math.max(SLIGHT * one.height, SLIGHT_ROWS) ? null : ended[0];
  } catch {
    return null;
  } finally {
    for (const bitmap of drawn) bitmap.close();
  }
}
