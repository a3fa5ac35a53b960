/** Pixels of a decoded picture without drawing it: drawing and reading back a page of ten megapixels costs more than finding its lines. */

import type { Colour } from "./image";

/** Milliseconds for which the memory of a picture is kept for the next one: new memory costs as much as the copying. */
const KEPT = 10_000;

let spare: ArrayBuffer | null = null;
let dropping: ReturnType<typeof setTimeout> | undefined;

/** The memory of a picture that nobody needs any more. */
export function giveBack({ data }: Colour): void {
  spare = data.buffer as ArrayBuffer;
  clearTimeout(dropping);
  dropping = setTimeout(() => (spare = null), KEPT);
}

function memoryFor(bytes: number): Uint8ClampedArray<ArrayBuffer> {
  const buffer = spare && spare.byteLength >= bytes ? spare : new ArrayBuffer(bytes);
  spare = null;
  return new Uint8ClampedArray(buffer, 0, bytes);
}

let converting: Promise<boolean> | null = null;

/** Whether this browser copies frames as RGBA whatever they are; those that do not know of it copy them as they are. */
async function converts(): Promise<boolean> {
  try {
    const frame = new VideoFrame(Uint8Array.of(1, 2, 3, 255), { format: "BGRA", codedWidth: 1, codedHeight: 1, timestamp: 0 });
    const data = new Uint8Array(4);
    await frame.copyTo(data, { format: "RGBA" });
    frame.close();
    return data[0] === 3 && data[2] === 1;
  } catch {
    return false;
  }
}

function drawn(frame: VideoFrame): Colour {
  const canvas = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(frame, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The pixels of a frame that is opaque; it is closed. They stay in the order in which they are: to change it takes longer than to copy them. */
export async function pixelsOfFrame(frame: VideoFrame): Promise<Colour> {
  try {
    const [width, height] = [frame.displayWidth, frame.displayHeight];
    const swapped = frame.format === "BGRX" && frame.allocationSize() === 4 * width * height;
    if (!swapped && !(await (converting ??= converts()))) return drawn(frame);
    const data = memoryFor(4 * width * height);
    await frame.copyTo(data, swapped ? {} : { format: "RGBA" });
    return { data, width, height, swapped };
  } finally {
    frame.close();
  }
}
