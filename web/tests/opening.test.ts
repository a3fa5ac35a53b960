/** What the header of a picture file says. */

import { describe, expect, it } from "vitest";
import { hasNoProfile, isOpaque, isShown } from "../src/opening/picture";

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
