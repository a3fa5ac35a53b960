/** Animations: browsers decode the first of their pictures alone. */

const ascii = (bytes: Uint8Array, at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));

/** How many pictures a file shows one after the other: those of an animated GIF, WebP or PNG; else 1. */
export async function framesIn(file: Blob): Promise<number> {
  const head = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  const whole = async (): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());
  if (ascii(head, 0, 4) === "GIF8") return Math.max(1, inGif(await whole()));
  if (ascii(head, 0, 4) === "RIFF" && ascii(head, 12, 4) === "VP8X" && head[20] & 2) return Math.max(1, inWebp(await whole()));
  return Math.max(1, inPng(head));
}

/** Length of a table of colours, where the flags of its owner say that there is one. */
const colours = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);

function inGif(bytes: Uint8Array): number {
  let count = 0;
  let at = 13 + colours(bytes[10]);
  while (at < bytes.length && bytes[at] !== 0x3b) {
    if (bytes[at] === 0x2c) {
      count++;
      at += 11 + colours(bytes[at + 9]);
    } else if (bytes[at] === 0x21) at += 2;
    else return count; // damaged
    while (bytes[at]) at += 1 + bytes[at]; // blocks of data
    at++;
  }
  return count;
}

function inWebp(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer);
  let count = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    if (ascii(bytes, at, 4) === "ANMF") count++;
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  return count;
}

function inPng(head: Uint8Array): number {
  const view = new DataView(head.buffer);
  if (head.length < 33 || view.getUint32(0) !== 0x89504e47) return 1;
  for (let at = 33; at + 12 <= head.length; at += 12 + view.getUint32(at)) {
    const kind = ascii(head, at + 4, 4);
    if (kind === "acTL") return view.getUint32(at + 8);
    if (kind === "IDAT") return 1;
  }
  return 1;
}
