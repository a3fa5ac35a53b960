/** What the header of a picture file says. */

import { describe, expect, it } from "vitest";
import { firstDifferent, lacksEnd } from "../src/opening/cutOff";
import { framesIn } from "../src/opening/frames";
import { hasNoProfile, isOpaque, isShown, keptShare } from "../src/opening/picture";
import { onGround } from "../src/opening/transparent";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];

function png(colour: number, ...chunks: string[]): Uint8Array {
  const chunk = (name: string, body: number[]): number[] => [0, 0, 0, body.length, ...Buffer.from(name, "latin1"), ...body, 0, 0, 0, 0];
  const header = chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, colour, 0, 0, 0]);
  return Uint8Array.from([...SIGNATURE, ...header, ...chunks.flatMap((name) => chunk(name, [1, 2, 3]))]);
}

function jpeg(text: string): Uint8Array {
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe2, 0, 20, ...Buffer.from(text, "latin1"), 0xff, 0xda]);
}

describe("the header of a picture", () => {
  it("shows whether all pixels are opaque", () => {
    expect(isOpaque(png(2, "IDAT"))).toBe(true);
    expect(isOpaque(png(2, "tRNS", "IDAT"))).toBe(false);
    expect(isOpaque(png(6, "IDAT"))).toBe(false);
    expect(isOpaque(png(3, "PLTE", "IDAT"))).toBe(false);
    expect(isOpaque(png(2, "tEXt"))).toBe(false); // the pixels begin beyond what was read
    expect(isOpaque(jpeg("JFIF"))).toBe(true);
    expect(isOpaque(Uint8Array.from(Buffer.from("GIF89a")))).toBe(false);
  });

  it("shows whether colours would be converted", () => {
    expect(hasNoProfile(png(2, "pHYs", "IDAT"))).toBe(true);
    for (const kind of ["iCCP", "gAMA", "cHRM", "cICP"]) expect(hasNoProfile(png(2, kind, "IDAT"))).toBe(false);
    expect(hasNoProfile(png(2, "tEXt"))).toBe(false);
    expect(hasNoProfile(jpeg("JFIF"))).toBe(true);
    expect(hasNoProfile(jpeg("ICC_PROFILE\0"))).toBe(false);
    expect(hasNoProfile(Uint8Array.from(Buffer.from("RIFF....WEBP")))).toBe(false);
  });

  it("shows whether a browser knows its kind", () => {
    const kinds = ["GIF89a", "RIFF1234WEBPVP8 ", "\0\0\0\x1cftypavif"].map((text) => Uint8Array.from(Buffer.from(text, "latin1")));
    for (const head of [png(2, "IDAT"), jpeg("JFIF"), ...kinds]) expect(isShown(head)).toBe(true);
    for (const text of ["", "no picture", "<svg", "BM", "RIFF1234WAVE"]) expect(isShown(Uint8Array.from(Buffer.from(text)))).toBe(false);
  });
});

describe("a transparent picture", () => {
  /** One row of pixels, each a grey level and its alpha. */
  const row = (...pixels: [number, number][]): Uint8ClampedArray => Uint8ClampedArray.from(pixels.flatMap(([grey, alpha]) => [grey, grey, grey, alpha]));
  const greys = (data: Uint8ClampedArray): number[] => [...data].filter((_, k) => k % 4 === 0);

  it("is put on white, and on black where it would vanish on white", () => {
    for (const [ink, wanted] of [[0, [255, 0, 128, 255]], [255, [0, 255, 127, 0]]] as const) {
      const data = row([0, 0], [ink, 255], [ink, 127], [0, 0]);
      onGround(data, 4);
      expect(greys(data).map((grey, k) => Math.abs(grey - wanted[k]) <= 1)).toEqual([true, true, true, true]);
      expect([...data].filter((_, k) => k % 4 === 3)).toEqual([255, 255, 255, 255]);
    }
  });

  it("is left as it is where all of it is opaque", () => {
    const data = row([7, 255], [200, 255]);
    onGround(data, 2);
    expect(greys(data)).toEqual([7, 200]);
  });
});

describe("an animation", () => {
  const little = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
  const chunk = (name: string, body: number[]): number[] => [...Buffer.from(name, "latin1"), ...little(body.length), ...body, ...(body.length % 2 ? [0] : [])];
  const webp = (flags: number, ...chunks: number[][]): Blob =>
    new Blob([Uint8Array.from([...Buffer.from("RIFF....WEBP", "latin1"), ...chunk("VP8X", [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ...chunks.flat()])]);
  const picture = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const gif = (...parts: number[][]): Blob => new Blob([Uint8Array.from([...Buffer.from("GIF89a"), 1, 0, 1, 0, 0x80, 0, 0, ...Array<number>(6).fill(0), ...parts.flat(), 0x3b])]);

  it("has its pictures counted", async () => {
    const pause = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
    expect(await framesIn(gif(picture))).toBe(1);
    expect(await framesIn(gif(pause, picture, pause, picture, picture))).toBe(3);
    expect(await framesIn(webp(2, chunk("ANIM", [1, 2, 3]), chunk("ANMF", [1, 2, 3]), chunk("ANMF", [1])))).toBe(2);
    expect(await framesIn(webp(0, chunk("VP8 ", [1, 2, 3])))).toBe(1);
    const control = [0, 0, 0, 8, ...Buffer.from("acTL"), 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
    const still = png(2);
    expect(await framesIn(new Blob([Uint8Array.from([...still, ...control])]))).toBe(5);
    expect(await framesIn(new Blob([Uint8Array.from(png(2, "IDAT"))]))).toBe(1);
  });

  it("that is cut off or damaged ends the counting", async () => {
    const bytes = new Uint8Array(await gif(picture, picture).arrayBuffer());
    for (let end = 0; end < bytes.length; end++) expect(await framesIn(new Blob([bytes.slice(0, end)]))).toBeLessThanOrEqual(2);
    expect(await framesIn(gif(picture, [0x77], picture))).toBe(1);
  });
});

describe("a picture that is opened", () => {
  it("is kept as it is up to the largest canvas of phones", () => {
    expect(keptShare(3408, 4400)).toBe(1); // a letter at 400 dpi
    expect(keptShare(4096, 4096)).toBe(1);
    const share = keptShare(8000, 6000);
    expect(8000 * share * 6000 * share).toBeCloseTo(12_000_000, 0);
  });

  it("lacks its end where a JPEG has no end mark", () => {
    const bytes = (...end: number[]): Uint8Array => Uint8Array.from([0xff, 0xd8, ...new Array(40).fill(7), ...end]);
    expect(lacksEnd(bytes(0xff, 0xd9))).toBe(false);
    expect(lacksEnd(bytes(0xff, 0xd9, 0, 0))).toBe(false);
    expect(lacksEnd(bytes(0xff))).toBe(true);
    expect(lacksEnd(bytes())).toBe(true);
    expect(lacksEnd(png(2, "IDAT"))).toBe(false);
  });

  it("differs from the row on that depends on missing data", () => {
    const one = new Uint8ClampedArray(3 * 4 * 5).fill(100);
    const other = one.slice();
    expect(firstDifferent(one, other, 3)).toBe(-1);
    other[4 * 3 * 2 + 5] = 124;
    expect(firstDifferent(one, other, 3)).toBe(-1);
    other[4 * 3 * 2 + 5] = 125;
    expect(firstDifferent(one, other, 3)).toBe(2);
  });
});
