/**
 * The font of an invisible text layer: a TrueType font of two blank glyphs of half an em. Glyph 1 is a stroke of no width
 * from corner to corner, so that viewers which measure outlines see the whole box and none of it is painted.
 */

export const ADVANCE = 500;
const UNITS = 1000;

class Bytes {
  private readonly out: number[] = [];

  u8(...values: number[]): this {
    for (const value of values) this.out.push(value & 255);
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) this.out.push((value >> 8) & 255, value & 255);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.u16(value >>> 16, value & 0xffff);
    return this;
  }

  zeros(count: number): this {
    for (let k = 0; k < count; k++) this.out.push(0);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.out);
  }
}

function checksum(data: Uint8Array): number {
  let sum = 0;
  for (let k = 0; k < data.length; k += 4)
    sum = (sum + ((data[k] << 24) | (data[k + 1] << 16) | (data[k + 2] << 8) | data[k + 3])) >>> 0;
  return sum;
}

function tables(): Record<string, Uint8Array> {
  const glyph = new Bytes().u16(1, 0, 0, ADVANCE, UNITS, 1, 0).u8(1, 1).u16(0, ADVANCE, 0, UNITS).done();
  const padded = new Uint8Array(Math.ceil(glyph.length / 4) * 4);
  padded.set(glyph);
  return {
    glyf: padded,
    head: new Bytes().u32(0x10000, 0x10000, 0, 0x5f0f3cf5).u16(0, UNITS).u32(0, 3660681600, 0, 3660681600)
      .u16(0, 0, ADVANCE, UNITS, 0, 8, 2, 0, 0).done(),
    hhea: new Bytes().u32(0x10000).u16(UNITS, 0, 0, ADVANCE, 0, 0, ADVANCE, 1, 0, 0, 0, 0, 0, 0, 0, 2).done(),
    hmtx: new Bytes().u16(ADVANCE, 0, ADVANCE, 0).done(),
    loca: new Bytes().u16(0, 0, padded.length / 2).done(),
    maxp: new Bytes().u32(0x10000).u16(2, 2, 1, 0, 0, 2).zeros(16).done(),
    post: new Bytes().u32(0x30000, 0).u16(0, 0).u32(1, 0, 0, 0, 0).done(),
  };
}

/** The file, with its table directory and checksums (OpenType 1.9). */
export function truetype(): Uint8Array {
  const parts = Object.entries(tables()).sort(([a], [b]) => (a < b ? -1 : 1));
  const power = Math.floor(Math.log2(parts.length));
  const head = new Bytes().u32(0x10000).u16(parts.length, 16 << power, power, 16 * (parts.length - (1 << power)));
  const body: Uint8Array[] = [];
  let offset = 12 + 16 * parts.length;
  let place = 0;
  for (const [tag, data] of parts) {
    const padded = new Uint8Array(Math.ceil(data.length / 4) * 4);
    padded.set(data);
    if (tag === "head") place = offset + 8;
    head.u8(...[...tag].map((c) => c.charCodeAt(0))).u32(checksum(padded), offset, data.length);
    body.push(padded);
    offset += padded.length;
  }
  const font = new Uint8Array(offset);
  font.set(head.done());
  let at = 12 + 16 * parts.length;
  for (const part of body) {
    font.set(part, at);
    at += part.length;
  }
  new DataView(font.buffer).setUint32(place, (0xb1b0afba - checksum(font)) >>> 0);
  return font;
}
