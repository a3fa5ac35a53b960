/** The pipeline reads what ``ocr.export.reference`` reads: same text in the same order, boxes within two pixels. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { linesOf } from "../src/document";
import { Nets } from "../src/engines/nets";
import { runtimeLoader } from "../src/engines/runtimeModel";
import type { Grey } from "../src/pixels/image";
import { readPage } from "../src/reading/reader";

const MODELS = process.env.OCR_WEB_MODELS ?? join(__dirname, "../public/models");
const EXPECTED = process.env.OCR_WEB_EXPECTED ?? join(__dirname, "../build/expected");

/** By how much the confidence of a doubtful line may differ: a grey level here or there counts for more in dense characters. */
const CLOSE: Readonly<Record<string, number>> = { en: 0.12, zh: 0.2 };

/** Below this confidence in Python, one character of a line may differ: where two readings are as likely, a grey level decides. */
const IN_DOUBT: Readonly<Record<string, number>> = { en: 0.5, zh: 0.6 };

/** Whether two texts are the same but for one character that is other, missing or added. */
function alike(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  let start = 0;
  while (start < short.length && short[start] === long[start]) start++;
  return long.length - short.length <= 1 && [short.slice(start), short.slice(start + 1)].includes(long.slice(start + 1));
}

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

const opened = new Map<string, Nets>();
beforeAll(async () => {
  const module = await WebAssembly.compile(readFileSync(join(__dirname, "../runtime/runtime.wasm")));
  for (const lang of ["en", "zh"])
    opened.set(lang, await Nets.open(join(MODELS, lang), runtimeLoader(module), () => undefined, async (path) => Uint8Array.from(readFileSync(path))));
}, 120_000);

const pictures = ["en", "zh"].flatMap((lang) =>
  readdirSync(join(EXPECTED, lang)).filter((name) => name.endsWith(".pgm")).map((name): [string, string] => [lang, name.slice(0, -4)]),
);

test("there are pictures to read", () => expect(new Set(pictures.map(([lang]) => lang)).size).toBe(2));

describe.each(pictures)("%s/%s", (lang, name) => {
  test("text, order and boxes are those of Python", { timeout: 120_000 }, async () => {
    const nets = opened.get(lang)!;
    const wanted = JSON.parse(readFileSync(join(EXPECTED, lang, `${name}.json`), "utf8")) as Wanted[][];
    const page = await readPage(pgm(join(EXPECTED, lang, `${name}.pgm`)), { pipeline: nets.pipeline, charset: nets.charset, nets }, 200);
    const lines = linesOf(page);
    const squeezed = (text: string): string => text.trim().replace(/ +/g, " ");
    let at = 0;
    const texts = wanted.map((row) =>
      row.map((line) => {
        const [text, found] = [squeezed(line.text), lines[at++]?.text ?? ""];
        return line.confidence < IN_DOUBT[lang] && alike(text, found) ? found : text;
      }),
    );
    expect(lines.map((line) => line.text)).toEqual(texts.flat());
    const rows = page.text.split("\n").filter(Boolean).map((row) => row.split("\t"));
    expect(rows).toEqual(texts);
    wanted.flat().forEach((line, k) => {
      if (lines[k].text === squeezed(line.text)) expect(Math.abs(lines[k].confidence - line.confidence)).toBeLessThan(CLOSE[lang]);
      line.corners.forEach(([x, y], c) => {
        expect(Math.abs(lines[k].box[c][0] - x)).toBeLessThan(2);
        expect(Math.abs(lines[k].box[c][1] - y)).toBeLessThan(2);
      });
    });
    for (const line of lines)
      for (const word of line.words) expect(word.chars.map((char) => char.text).join("")).toBe(word.text);
  });
});
