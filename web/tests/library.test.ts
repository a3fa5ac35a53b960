/** Lines of other sizes, on dark ground, turned and at an angle are read, where the library finds them. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { bounds, linesOf } from "../src/document";
import { runtimeLoader } from "../src/engines/runtimeModel";
import { Work } from "../src/engines/work";
import type { Colour, Quad } from "../src/pixels/image";
import { turnedQuad } from "../src/scanning/level";

const MODELS = process.env.OCR_WEB_MODELS ?? join(__dirname, "../public/models");
const EXPECTED = join(process.env.OCR_WEB_EXPECTED ?? join(__dirname, "../build/expected"), "library");
/** Greatest difference of a box to the library's, whose models are stored otherwise and whose lines end where their ink does. */
const CLOSE = 4;
/** The same for very large type, in its heights: the library sees all of it at one scale. */
const CLOSE_LARGE = 0.06;

let work: Work;
beforeAll(async () => {
  vi.stubGlobal("fetch", async (path: string) => new Response(readFileSync(path)));
  work = new Work(MODELS, runtimeLoader(await WebAssembly.compile(readFileSync(join(__dirname, "../runtime/runtime.wasm")))));
});

function ppm(path: string): Colour {
  const bytes = readFileSync(path);
  const [, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(bytes.subarray(0, 40).toString("latin1"))!.map(Number);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  bytes.subarray(bytes.length - 3 * width * height).forEach((value, k) => (data[4 * Math.floor(k / 3) + (k % 3)] = value));
  return { data, width, height };
}

/** The upright rectangle around a box, on the picture as it lies. */
function hull(box: Quad, turned: number, width: number, height: number): number[] {
  return bounds(turnedQuad(box, (360 - turned) % 360, width, height));
}

const names = readdirSync(EXPECTED).filter((name) => name.endsWith(".ppm")).map((name) => name.slice(0, -4));

test.each(names)("%s", { timeout: 120_000 }, async (name) => {
  const wanted = JSON.parse(readFileSync(join(EXPECTED, `${name}.json`), "utf8")) as { lines: string[]; hulls: number[][] };
  const { page, turned } = await work.read(ppm(join(EXPECTED, `${name}.ppm`)), "en", 200, false, () => undefined);
  expect(linesOf(page).map(({ text }) => text).sort()).toEqual(wanted.lines.sort());
  for (const line of linesOf(page)) {
    const found = hull(line.box, turned, page.width, page.height);
    const far = wanted.hulls.map((other) => Math.max(...other.map((edge, k) => Math.abs(edge - found[k]))));
    expect(Math.min(...far), line.text).toBeLessThan(Math.max(CLOSE, CLOSE_LARGE * (found[3] - found[1])));
  }
});
