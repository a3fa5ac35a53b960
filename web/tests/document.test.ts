/** Corrections, doubts, search, zones, events and headers of pictures. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Page, corrected, doubtfulWords, expectedErrors } from "../src/document";
import { events, uprightPage } from "../src/engines/server";
import { hocr, json } from "../src/export/text";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";
import { checkDigit } from "../src/mrz/formats";
import { STATES } from "../src/mrz/states";
import { findZone } from "../src/mrz/zone";
import { isOpaque, isTurned, saidSize } from "../src/opening/picture";
import type { Quad } from "../src/pixels/image";
import { ordered } from "../src/scanning/corners";
import { aspectRatio } from "../src/scanning/rectify";
import { matchesOf } from "../src/ui/search";

const box = (x: number, y: number, w: number, h: number): Quad => [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
const word = (text: string, confidence: number, x: number) => ({ text, confidence, box: box(x, 10, 40, 10), chars: [] });
const page: Page = {
  number: 1, width: 200, height: 100, dpi: 100, seconds: 0, text: "To be, or not\tto be\n\nTo be",
  blocks: [
    { kind: "par", box: box(0, 0, 200, 40), lines: [
      { text: "To be, or not", confidence: 0.5, box: box(0, 10, 160, 10), engine: "x", words: [word("To", 0.99, 0), word("be,", 0.6, 40), word("or", 0.5, 80), word("not", 1, 120)] },
      { text: "to be", confidence: 0.9, box: box(0, 30, 80, 10), engine: "x", words: [word("to", 0.95, 0), word("be", 0.95, 40)] },
    ] },
    { kind: "par", box: box(0, 50, 80, 10), lines: [{ text: "To be", confidence: 1, box: box(0, 50, 80, 10), engine: "x", words: [word("To", 1, 0), word("be", 1, 40)] }] },
  ],
};

describe("documents", () => {
  test("doubts and the errors to be expected", () => {
    expect(doubtfulWords([page], 0.9).map((place) => place.word)).toEqual([1, 2]);
    expect(expectedErrors([page])).toBeCloseTo(0.01 + 0.4 + 0.5 + 0.1, 6);
  });

  test("a correction changes the word, its line and the text, and is certain", () => {
    const once = corrected(page, { block: 0, line: 0, word: 1 }, " he,  or ");
    expect(once.text).toBe("To he, or or not\tto be\n\nTo be");
    expect(once.blocks[0].lines[0].words[1]).toMatchObject({ text: "he, or", confidence: 1, checked: true });
    expect(doubtfulWords([once], 0.9)).toHaveLength(1);
    const gone = corrected(page, { block: 1, line: 0, word: 0 }, "");
    expect(gone.text).toBe("To be, or not\tto be\n\nbe");
  });

  test("search over words, without case and accents", () => {
    expect(matchesOf([page], "BÉ, o").map((place) => place.word)).toEqual([1, 2]);
    expect(matchesOf([page], "  ")).toEqual([]);
  });

  test("hOCR escapes what is special", () => {
    const odd = corrected(page, { block: 0, line: 0, word: 0 }, "<&\u0001>");
    expect(hocr([odd], "a & b")).toContain(">&lt;&amp;&gt;</span>");
  });

  test("a page turned by the server is turned with its boxes", () => {
    const turned = uprightPage(page, 90);
    expect([turned.width, turned.height]).toEqual([100, 200]);
    expect(turned.blocks[1].box[0]).toEqual([50, 0]);
  });
});

describe("zones", () => {
  const lines = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"];
  const today = new Date("2026-01-01");
  const read = (texts: string[]) => findZone(texts.map((text) => ({ text, confidence: 0.9 })), today);

  test("the specimen of ICAO Doc 9303", () => {
    expect(checkDigit("520727")).toBe(3);
    expect(read(lines)).toMatchObject({ number: "L898902C3", birth: "1974-08-12", expiry: "2012-04-15", given_names: "ANNA MARIA", valid: true });
  });

  test("O and 0 are told apart by the format; lost fillers at the end are put back", () => {
    expect(read([lines[0].slice(0, 40), lines[1].replace("7408122", "74O8122")])).toMatchObject({ birth: "1974-08-12", valid: true });
  });

  test("the French identity card of 1988 to 2021, which states no expiry", () => {
    const card = ["IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"];
    expect(read(card)).toMatchObject({
      format: "IDFRA", country: "FRA", surname: "BERTHIER", given_names: "CORINNE", number: "880692310285", birth: "1965-12-06",
      sex: "F", expiry: "", nationality: "", checks: { number: true, birth: true, composite: true }, valid: true,
    });
    expect(read([card[0].replace("BERTHIER", "BERTHIES"), card[1]])).toMatchObject({
      format: "IDFRA", checks: { number: true, birth: true, composite: false }, valid: false,
    });
    expect(read(["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"])).toMatchObject({ format: "TD2", valid: true });
  });

  test("a code that no state has is not valid, as in Python, which has the same codes", () => {
    expect(read([lines[0], lines[1].replace("UTO", "TND")])).toMatchObject({
      valid: false, unclear: { nationality: [[2, 11], [2, 12], [2, 13]] }, checks: { number: true, composite: true },
    });
    const python = readFileSync(join(__dirname, "../../ocr/mrz/states.py"), "utf8");
    const codes = [...python.matchAll(/^_\w+ = """([^"]+)"""/gm)].flatMap(([, text]) => text.trim().split(/\s+/));
    expect([...STATES].sort()).toEqual([...new Set(codes)].sort());
  });

  test("a wrong digit, doubt and prose are not valid", () => {
    expect(read([lines[0], lines[1].replace("C36", "C37")])).toMatchObject({ valid: false, checks: { number: false } });
    expect(findZone(lines.map((text) => ({ text, confidence: 0.4 })), today)).toMatchObject({ valid: false });
    expect(read(["The quick brown fox jumps over the lazy dog and on", "and on and on and on and on and on and on"])).toBeNull();
  });
});

test("server-sent events in pieces", async () => {
  const parts = ["event: pa", 'ge\ndata: {"number": 1}\n\n: alive\n\nevent: done\r\nda', 'ta: {}\r\n\r\n'];
  const body = new ReadableStream({ start: (out) => { parts.forEach((part) => out.enqueue(new TextEncoder().encode(part))); out.close(); } });
  const found = [];
  for await (const event of events(new Response(body))) found.push(event);
  expect(found).toEqual([{ event: "page", data: { number: 1 } }, { event: "done", data: {} }]);
});

test("both languages have the same gaps in each message", () => {
  const gaps = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) expect(gaps(zh[key]), key).toEqual(gaps(en[key]));
});

test("geometry of photographs", () => {
  expect(ordered([[90, 80], [10, 12], [88, 10], [12, 85]])).toEqual([[10, 12], [88, 10], [90, 80], [12, 85]]);
  expect(aspectRatio(box(100, 100, 210, 297), 600, 600)).toBeCloseTo(210 / 297, 3);
  expect(saidSize(Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 100, 1, 0, 3, 1, 2))).toEqual({ height: 100, width: 256 });
  expect(saidSize(Uint8Array.of(1, 2, 3))).toBeNull();
});

test("pictures without transparency are known by their headers", () => {
  const png = (kind: number, ...chunks: string[]): Uint8Array => {
    const parts = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, ...Buffer.from("IHDR"), 0, 0, 0, 9, 0, 0, 0, 9, 8, kind, 0, 0, 0, 1, 2, 3, 4];
    for (const name of chunks) parts.push(0, 0, 0, 2, ...Buffer.from(name), 5, 6, 1, 2, 3, 4);
    return Uint8Array.from(parts);
  };
  expect(isOpaque(png(0, "gAMA", "IDAT"))).toBe(true);
  expect(isOpaque(png(2, "IDAT", "tRNS"))).toBe(true);
  expect(isOpaque(png(2, "tRNS", "IDAT"))).toBe(false);
  expect(isOpaque(png(6, "IDAT"))).toBe(false);
  expect(isOpaque(png(3, "IDAT"))).toBe(false);
  expect(isOpaque(png(0))).toBe(false);
  expect(isOpaque(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe(true);
  expect(isOpaque(Buffer.from("RIFF....WEBP"))).toBe(false);
});

test("a picture that its EXIF data turn is told by its header", () => {
  const jpeg = (little: boolean, orientation: number, tag = 0x0112): Uint8Array => {
    const head = new Uint8Array(64);
    const view = new DataView(head.buffer);
    head.set([0xff, 0xd8, 0xff, 0xe1, 0, 40, ...[..."Exif\0\0"].map((c) => c.charCodeAt(0))]);
    view.setUint16(12, little ? 0x4949 : 0x4d4d);
    view.setUint16(14, 42, little);
    view.setUint32(16, 8, little);
    view.setUint16(20, 1, little);
    view.setUint16(22, tag, little);
    view.setUint16(24, 3, little);
    view.setUint32(26, 1, little);
    view.setUint16(30, orientation, little);
    return head;
  };
  for (const little of [true, false]) {
    expect([6, 8, 3, 2].map((orientation) => isTurned(jpeg(little, orientation)))).toEqual([true, true, true, true]);
    expect(isTurned(jpeg(little, 1))).toBe(false);
    expect(isTurned(jpeg(little, 6, 0x010f))).toBe(false);
  }
  expect(isTurned(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe(false);
  expect(isTurned(jpeg(true, 6).subarray(0, 20))).toBe(false);
});

test("the tree says how many lines could not be read", () => {
  const page = { number: 1, width: 10, height: 10, dpi: 100, seconds: 0, text: "", blocks: [], unread: 2 };
  const [first, second] = (JSON.parse(json([page, { ...page, unread: 0 }], "a.png", "net")) as { pages: Record<string, unknown>[] }).pages;
  expect([first.warnings, first.unread]).toEqual([["page 1: 2 lines could not be read"], undefined]);
  expect(second).not.toHaveProperty("warnings");
});
