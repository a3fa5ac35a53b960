/** Pictures: decoded upright, kept as files, turned back into pixels when they are worked on. */

import { Fault, type Picture } from "../engines/engine";
import type { Colour } from "../pixels/image";
import { completed } from "./cutOff";
import { framesIn } from "./frames";
import { onGround } from "./transparent";

/** Most pixels of a picture that is opened, of one that is kept as it is (the largest canvas of phones), and of what is kept of a larger one. */
const MOST_PIXELS = 120_000_000;
const WHOLE_PIXELS = 4096 * 4096;
const KEPT_PIXELS = 12_000_000;
const MOST_BYTES = 200_000_000;
const QUALITY = 0.9;

export interface Shot extends Picture {
  readonly width: number;
  readonly height: number;
  readonly url: string;
  /** A small copy for the screen, which is closed when newer ones need the memory; null where the picture itself is small. */
  readonly preview: ImageBitmap | null;
  /** Whether the file is a JPEG in RGB, without an orientation, that was made here. */
  readonly ours: boolean;
  /** Share of their size at which the pixels of the file are kept, where that is less than all. */
  readonly share?: number;
  /** Number of pictures in an animation, of which this is the first. */
  readonly frames?: number;
  /** Whether the last bytes of the file are missing. */
  readonly cut?: boolean;
}

/** Refuses what is empty, and what is too large before it is decoded. */
export function checkSize(file: File): void {
  if (!file.size) throw new Fault("emptyFile", { name: file.name });
  if (file.size > MOST_BYTES)
    throw new Fault("fileTooLarge", { name: file.name, mb: Math.round(file.size / 1e6), most: MOST_BYTES / 1e6 });
}

/** A file's kind by its first bytes, where browsers cannot show it or need more than a decoder. */
export async function kindOf(file: Blob): Promise<"pdf" | "tiff" | "heic" | "picture"> {
  const head = new Uint8Array(await file.slice(0, 1024).arrayBuffer());
  const text = String.fromCharCode(...head);
  if (text.includes("%PDF-")) return "pdf";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "tiff";
  if (text.slice(4, 8) === "ftyp" && /hei[cfxs]|mif1|msf1/.test(text.slice(8, 32)) && !text.slice(8, 32).includes("avif")) return "heic";
  return "picture";
}

/** Whether a file begins as one of the pictures that browsers show: JPEG, PNG, GIF, WebP, AVIF. */
export function isShown(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 32));
  return /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|....ftyp.*avi[fs])/s.test(text);
}

/** Width and height that the header of a PNG or JPEG says; null where it does not say. */
export function saidSize(head: Uint8Array): { width: number; height: number } | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length > 24 && view.getUint32(0) === 0x89504e47) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (head.length < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < head.length && head[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const kind = head[at + 1];
    if (kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
  }
  return null;
}

/** The chunks of a PNG before its pixels; null of other files, and where the pixels do not begin within the header. */
function chunksOf(head: Uint8Array): string[] | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 33 || view.getUint32(0) !== 0x89504e47) return null;
  const kinds: string[] = [];
  for (let at = 33; at + 8 <= head.length; at += 12 + view.getUint32(at)) {
    const kind = String.fromCharCode(...head.subarray(at + 4, at + 8));
    if (kind === "IDAT") return kinds;
    kinds.push(kind);
  }
  return null;
}

const isJpeg = (head: Uint8Array): boolean => head.length > 2 && head[0] === 0xff && head[1] === 0xd8;

/** Whether a file is known to have no transparent pixels by its header. */
export function isOpaque(head: Uint8Array): boolean {
  if (isJpeg(head)) return true;
  const chunks = chunksOf(head);
  return chunks !== null && [0, 2].includes(head[25]) && !chunks.includes("tRNS");
}

/** Whether a file is known by its header to say nothing of its colours: decoders leave such pixels as they are. */
export function hasNoProfile(head: Uint8Array): boolean {
  if (isJpeg(head)) return placeOf("ICC_PROFILE", head) < 0;
  return chunksOf(head)?.every((kind) => !["iCCP", "gAMA", "cHRM", "cICP"].includes(kind)) ?? false;
}

/** Where bytes begin among others; -1 where they are not. */
function placeOf(wanted: string, bytes: Uint8Array): number {
  const codes = [...wanted].map((character) => character.charCodeAt(0));
  for (let at = bytes.indexOf(codes[0]); at >= 0; at = bytes.indexOf(codes[0], at + 1)) if (codes.every((code, k) => bytes[at + k] === code)) return at;
  return -1;
}

/** Whether EXIF data turn or mirror the picture: a frame of it has its pixels as they lie in the file. */
export function isTurned(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const exif = placeOf("Exif\0\0", head.subarray(0, 65_536));
  const start = exif + 6; // of the TIFF structure
  if (exif < 0 || start + 10 > head.length) return false;
  const little = view.getUint16(start) === 0x4949;
  const table = start + view.getUint32(start + 4, little);
  if (table + 2 > head.length) return false;
  for (let at = table + 2; at + 12 <= head.length && at < table + 2 + 12 * view.getUint16(table, little); at += 12)
    if (view.getUint16(at, little) === 0x0112) return view.getUint16(at + 8, little) !== 1;
  return false;
}

/** The share of its size at which a picture is kept. */
export function keptShare(width: number, height: number): number {
  return width * height <= WHOLE_PIXELS ? 1 : Math.sqrt(KEPT_PIXELS / (width * height));
}

/** Refuses a picture of too many pixels. */
function checkPixels(name: string, width: number, height: number): void {
  if (width * height > MOST_PIXELS)
    throw new Fault("tooLarge", { name, pixels: Math.round((width * height) / 1e6), most: MOST_PIXELS / 1e6 });
}

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Fault("memory");
  return [canvas, context];
}

function pixelsOf(bitmap: ImageBitmap): Colour {
  const [, context] = canvasOf(bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  onGround(pixels.data, pixels.width);
  return pixels;
}

export async function encoded(canvas: HTMLCanvasElement): Promise<Blob> {
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob) throw new Fault("memory");
  return blob;
}

/** Pixels are taken as they are in the file. Chromium decodes much slower when it is told so, so it is told only where need be. */
function decodingOf(head: Uint8Array): ImageBitmapOptions {
  return { imageOrientation: "from-image", ...(hasNoProfile(head) ? {} : { colorSpaceConversion: "none" as const }) };
}

/** Share of its size from which on a picture is shown as it is; and from which on four neighbours are all that a pixel of its small copy stands for. */
const [NEARLY, HALF] = [0.7, 0.5];

/** The last small copies: each takes some megabytes, and a document has many pages. */
const previews: ImageBitmap[] = [];
const MOST_PREVIEWS = 4;

/**
 * The picture as large as it fits the screen, upright or turned, which is shown until it is enlarged: to decode the file once
 * more would take longer. Null where the picture itself is not much larger.
 */
async function previewOf(source: ImageBitmap | HTMLCanvasElement): Promise<ImageBitmap | null> {
  const { width, height } = source;
  const sides = [screen.width, screen.height].map((side) => side * devicePixelRatio);
  const share = Math.max(Math.min(sides[0] / width, sides[1] / height), Math.min(sides[1] / width, sides[0] / height));
  if (share > NEARLY) return null;
  const [resizeWidth, resizeHeight] = [width, height].map((side) => Math.max(1, Math.round(side * share)));
  const preview = await createImageBitmap(source, { resizeWidth, resizeHeight, resizeQuality: share < HALF ? "medium" : "low" }).catch(() => null);
  if (preview) previews.push(preview);
  if (previews.length > MOST_PREVIEWS) previews.shift()!.close();
  return preview;
}

/** Milliseconds for which a decoded picture is kept for whoever asks for its pixels first. */
const FRESH = 10_000;

/** A picture that was decoded; ``decoded`` is used up when its pixels are asked for first. */
interface Decoded {
  readonly bitmap: ImageBitmap;
  readonly decoding: ImageBitmapOptions;
  /** Whether it may be handed over as a frame. */
  readonly framed: boolean;
}

/** A picture that was opened, or drawn here and made a file. */
function shot(blob: Blob, width: number, height: number, name: string, dpi: number, preview: ImageBitmap | null, decoded?: Decoded): Shot {
  const { decoding, framed } = decoded ?? { decoding: {}, framed: true };
  let ready = decoded?.bitmap;
  const drop = (): void => {
    ready?.close();
    ready = undefined;
  };
  if (ready) setTimeout(drop, FRESH);
  const taken = async (): Promise<ImageBitmap> => {
    const bitmap = ready ?? (await createImageBitmap(blob, decoding));
    ready = undefined;
    return bitmap;
  };
  return {
    blob, width, height, name, dpi, preview,
    ours: !decoded,
    url: URL.createObjectURL(blob),
    pixels: async () => pixelsOf(await taken()),
    handed: async () => {
      const bitmap = await taken();
      if (!framed || typeof VideoFrame === "undefined") return pixelsOf(bitmap);
      const frame = new VideoFrame(bitmap, { timestamp: 0 });
      bitmap.close();
      return frame;
    },
  };
}

/** Gives up what a picture holds that is not collected as garbage. */
export function discard(picture: Shot): void {
  URL.revokeObjectURL(picture.url);
  picture.preview?.close();
}

/** The dots per inch of a page of ordinary paper that fills a picture. */
export function likelyDpi(width: number, height: number): number {
  return Math.max(72, Math.round(Math.max(width, height) / 11.7));
}

/** A picture file, upright as its EXIF data says; a very large one is reduced, an animation stopped at its first picture. */
export async function openPicture(file: File): Promise<Shot> {
  checkSize(file);
  const kind = await kindOf(file);
  if (kind === "tiff") throw new Fault("tiff", { name: file.name });
  const head = new Uint8Array(await file.slice(0, 262_144).arrayBuffer());
  const said = saidSize(head);
  if (said) checkPixels(file.name, said.width, said.height); // before the memory for it is taken
  const decoding = decodingOf(head);
  const { blob, bitmap } = await decoded(file, decoding, kind === "heic" ? "heic" : isShown(head) ? "badPicture" : "notPicture");
  const { width, height } = bitmap;
  try {
    checkPixels(file.name, width, height);
  } catch (error) {
    bitmap.close();
    throw error;
  }
  const cut = blob !== file;
  const share = keptShare(width, height);
  const frames = await framesIn(file);
  if (share < 1 || frames > 1) return { ...(await reduced(bitmap, share, isOpaque(head), file.name)), ...(share < 1 ? { share } : {}), frames, cut };
  const now = { bitmap, decoding, framed: isOpaque(head) && !isTurned(head) };
  return { ...shot(blob, width, height, file.name, likelyDpi(width, height), await previewOf(bitmap), now), cut };
}

/** A file and its picture; one that lacks only its last bytes with what ends it. Fails with a fault of that key. */
async function decoded(file: File, decoding: ImageBitmapOptions, fault: string): Promise<{ blob: Blob; bitmap: ImageBitmap }> {
  for (const take of [async () => file, () => completed(file, decoding)]) {
    const blob = await take();
    const bitmap = blob && (await createImageBitmap(blob, decoding).catch(() => null));
    if (bitmap) return { blob, bitmap };
  }
  throw new Fault(fault, { name: file.name });
}

/** A picture drawn at a share of its size, and its first one where it is an animation, which would go on on the screen. */
async function reduced(bitmap: ImageBitmap, share: number, opaque: boolean, name: string): Promise<Shot> {
  const [w, h] = [bitmap.width, bitmap.height].map((side) => Math.round(side * share));
  const [canvas, context] = canvasOf(w, h);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, w, h);
  bitmap.close();
  if (!opaque) {
    const pixels = context.getImageData(0, 0, w, h);
    onGround(pixels.data, w);
    context.putImageData(pixels, 0, 0);
  }
  return fromCanvas(canvas, name);
}

/** A picture of pixels. */
export async function fromPixels(pixels: Colour, name: string, dpi?: number): Promise<Shot> {
  const [canvas, context] = canvasOf(pixels.width, pixels.height);
  context.putImageData(new ImageData(pixels.data as Uint8ClampedArray<ArrayBuffer>, pixels.width, pixels.height), 0, 0);
  return fromCanvas(canvas, name, dpi);
}

export async function fromCanvas(canvas: HTMLCanvasElement, name: string, dpi?: number): Promise<Shot> {
  const { width, height } = canvas;
  const preview = await previewOf(canvas);
  return shot(await encoded(canvas), width, height, name, dpi ?? likelyDpi(width, height), preview);
}

/** The picture as a JPEG that a PDF can hold. */
export async function asJpeg(picture: Shot): Promise<Uint8Array> {
  if (picture.ours) return new Uint8Array(await picture.blob.arrayBuffer());
  const pixels = await picture.pixels();
  const [canvas, context] = canvasOf(pixels.width, pixels.height);
  context.putImageData(new ImageData(pixels.data as Uint8ClampedArray<ArrayBuffer>, pixels.width, pixels.height), 0, 0);
  return new Uint8Array(await (await encoded(canvas)).arrayBuffer());
}
