/** The pipeline reads what ``ocr.export.reference`` reads: same text in the same order, boxes within two pixels. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { linesOf } from "../src/document";
import { Nets } from "../src/engines/nets";
import { runtimeLoader } from "../src/engines/runtimeModel";
import type { Grey } from "../src/pixels/image";
import { readPage } from "../src/reading/reader";

const MODELS = process.env.OCR_WEB_MODELS ?? join(__dirname, "../public/models/en");
const EXPECTED = process.env.OCR_WEB_EXPECTED ?? join(__dirname, "../build/expected");

interface Wanted {
  readonly text: string;
  readonly confidence: number;
  readonly corners: readonly (readonly [number, number])[];
}

function pgm(path: string): Grey {
  const bytes = readFileSync(path);
  const [, width, height] = /^P5\n(\d+) (\d+)\n255\n/.exec(bytes.subarray(0, 40).toString("latin1"))!.map(Number);
  return { data: Uint8Array.from(bytes.subarray(bytes.length - width * height)), width, height };
}

let nets: Nets;
beforeAll(async () => {
  const module = await WebAssembly.compile(readFileSync(join(__dirname, "../runtime/runtime.wasm")));
  nets = await Nets.open(MODELS, runtimeLoader(module), () => undefined, async (path) => Uint8Array.from(readFileSync(path)));
});

const names = readdirSync(EXPECTED).filter((name) => name.endsWith(".pgm")).map((name) => name.slice(0, -4));

test("there are pictures to read", () => expect(names.length).toBeGreaterThan(4));

describe.each(names)("%s", (name) => {
  test("text, order and boxes are those of Python", { timeout: 120_000 }, async () => {
    const wanted = JSON.parse(readFileSync(join(EXPECTED, `${name}.json`), "utf8")) as Wanted[][];
    const page = await readPage(pgm(join(EXPECTED, `${name}.pgm`)), { pipeline: nets.pipeline, charset: nets.charset, nets }, 200);
    const lines = linesOf(page);
    const squeezed = (text: string): string => text.trim().replace(/ +/g, " ");
    expect(lines.map((line) => line.text)).toEqual(wanted.flat().map((line) => squeezed(line.text)));
    const rows = page.text.split("\n").filter(Boolean).map((row) => row.split("\t"));
    expect(rows).toEqual(wanted.map((row) => row.map((line) => squeezed(line.text))));
    wanted.flat().forEach((line, k) => {
      expect(Math.abs(lines[k].confidence - line.confidence)).toBeLessThan(0.12);
      line.corners.forEach(([x, y], c) => {
        expect(Math.abs(lines[k].box[c][0] - x)).toBeLessThan(2);
        expect(Math.abs(lines[k].box[c][1] - y)).toBeLessThan(2);
      });
    });
    for (const line of lines)
      for (const word of line.words) expect(word.chars.map((char) => char.text).join("")).toBe(word.text);
  });
});
