/** What is done to numbers and lone tokens where Python's pictures do not reach. */

import { expect, test } from "vitest";
import { type Grey, grey } from "../src/pixels/image";
import type { Box } from "../src/reading/boxes";
import type { Reading } from "../src/reading/ctc";
import { isToken, withLoneToken } from "../src/reading/lone";
import { loneDigits, signed, withNumbers } from "../src/reading/numbers";
import type { Pipeline, ReadingNets } from "../src/reading/pipeline";
import { readPage } from "../src/reading/reader";
import type { ReadLine } from "../src/reading/recogniser";

function reading(text: string, confidence = 0.9): Reading {
  const step = 1 / text.length;
  const glyphs = [...text].map((character, k) => ({ text: character, start: k * step, end: (k + 1) * step, confidence }));
  return { glyphs, text, confidence, longest: 1 };
}

function box(left: number, top: number, width: number, height: number): Box {
  return { start: [left, top + height / 2], along: [1, 0], width, height, score: 1 };
}

/** A white page with filled rectangles: left, top, width, height. */
function page(width: number, height: number, ...ink: readonly (readonly [number, number, number, number])[]): Grey {
  const image = grey(width, height, 250);
  for (const [left, top, wide, tall] of ink) for (let y = top; y < top + tall; y++) image.data.fill(10, y * width + left, y * width + left + wide);
  return image;
}

test("a number keeps its sign where both readings have the same digits", () => {
  expect(signed(reading("7"), reading("−7", 0.5))).toMatchObject({ text: "−7", confidence: 0.85 });
  expect(signed(reading("7"), reading("- 7", 0.95))).toMatchObject({ text: "- 7", confidence: 0.95 });
  expect(signed(reading("7"), reading("7"))).toMatchObject({ text: "-7", confidence: 0.7 });
  expect(signed(reading("7"), reading("-1"))).toBeNull();
});

test("flat ink before a number is its sign; a rule or a bullet is none", async () => {
  const digits: [number, number, number, number][] = [[120, 40, 6, 24], [132, 40, 6, 24]];
  const line = { box: box(116, 38, 26, 30), shown: box(116, 38, 26, 30), reading: reading("11") };
  const read = async (ink: readonly (readonly [number, number, number, number])[]): Promise<string[]> =>
    (await withNumbers(page(300, 100, ...ink, ...digits), [line], async (longer) => ({ reading: reading("-11"), shown: longer }))).map((one) => one.reading.text);
  expect(await read([[102, 52, 13, 3]])).toEqual(["-11"]);
  expect(await read([])).toEqual(["11"]);
  expect(await read([[0, 52, 115, 3]])).toEqual(["11"]); // a rule
  expect(await read([[104, 47, 10, 10]])).toEqual(["11"]); // a bullet
  expect(await read([[102, 64, 13, 3]])).toEqual(["11"]); // an underscore
});

test("the tick of an axis after a number is no sign", async () => {
  const line = { box: box(40, 40, 40, 24), shown: box(40, 40, 40, 24), reading: reading("10-") };
  const ink: [number, number, number, number][] = [[42, 42, 5, 20], [50, 42, 8, 20], [68, 51, 10, 2]];
  const same = async (): Promise<ReadLine> => line;
  expect((await withNumbers(page(200, 120, ...ink, [78, 4, 2, 100]), [line], same))[0].reading.text).toBe("10");
  expect((await withNumbers(page(200, 120, ...ink), [line], same))[0].reading.text).toBe("10-");
});

test("a ring among numbers is a zero, beside words it stays a letter", () => {
  const ring: [number, number, number, number][] = [[42, 100, 4, 24], [54, 100, 4, 24], [42, 100, 16, 3], [42, 121, 16, 3]];
  const picture = page(200, 200, ...ring);
  const column = (texts: readonly string[]): ReadLine[] => texts.map((text, k) => ({ reading: reading(text), shown: box(38, 17 + 40 * k, 24, 30) }));
  expect(loneDigits(picture, column(["12", "34", "O", "56"]))).toEqual(new Map([[2, "0"]]));
  expect(loneDigits(picture, column(["my", "no", "O", "is"]))).toEqual(new Map());
});

test("a few marks in a row are a token; pictures that hold more, frames and specks are none", () => {
  const letters: [number, number, number, number][] = [[40, 20, 6, 26], [54, 20, 6, 26]];
  const [token] = withLoneToken(page(120, 70, ...letters), []);
  expect(token.guessed).toBe(true);
  expect(token.start[0]).toBeCloseTo(40 - 0.15 * 26);
  expect(token.width).toBeCloseTo(20 + 0.3 * 26);
  expect(withLoneToken(page(120, 70, ...letters), [token])).toEqual([token]); // it was found
  expect(withLoneToken(page(120, 70, [0, 20, 6, 26], [54, 20, 6, 26]), [])).toEqual([]); // at the edge
  expect(withLoneToken(page(120, 70, [40, 20, 3, 3]), [])).toEqual([]);
  expect(withLoneToken(page(400, 70, [5, 30, 380, 4]), [])).toEqual([]); // a rule
});

test("what a scribble is read as is no token", () => {
  expect(isToken(reading("IV", 0.3))).toBe(true);
  expect(isToken(reading("0", 0.15))).toBe(true);
  expect(isToken(reading("x", 0.2))).toBe(false);
  expect(isToken(reading("--", 0.9))).toBe(false);
});

test("lines that were found, and in which nothing was read, are counted", async () => {
  const metadata = { name: "net", height: 32, mean: 0.5, std: 0.5, settings: {} };
  const pipeline = {
    models: { recognizer: { metadata } },
    crop: { margin_at_ends: 0.3, margin_above_and_below: 0.05 },
    recognize: { padding: 255, inverted_below: 96, buckets: [64, 128], condensed: 1, crowded: { frames: 2, lasts: 3, widened: 1 } },
    spelling: { script: "Latin", letters: {}, look_alikes: [] },
  } as unknown as Pipeline;
  const nets = {
    lanes: async () => 1,
    lines: async (_input: Float32Array, _count: number, _height: number, width: number) =>
      ({ classes: new Int32Array(width / 4), probabilities: new Float32Array(width / 4).fill(1), frames: width / 4 }),
  } as unknown as ReadingNets;
  const boxes = [box(10, 10, 80, 20), box(10, 50, 80, 20), { ...box(10, 90, 80, 20), score: 0.6 }, box(10, 130, 20, 20)];
  const read = await readPage(page(120, 170), { pipeline, charset: ["a"], nets }, 200, undefined, boxes);
  expect([read.text, read.unread]).toEqual(["", 2]);
});
