/** A page under a shadow is whitened as ``ocr.page.enhance`` whitens it, but for the bytes between the layers of the net. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Nets } from "../src/engines/nets";
import { runtimeLoader } from "../src/engines/runtimeModel";
import type { Colour } from "../src/pixels/image";
import { whitenedByNet } from "../src/scanning/whiten";

const MODELS = process.env.OCR_WEB_MODELS ?? join(__dirname, "../public/models");
const EXPECTED = process.env.OCR_WEB_EXPECTED ?? join(__dirname, "../build/expected");

function ppm(name: string): Colour {
  const bytes = readFileSync(join(EXPECTED, `${name}.ppm`));
  const [, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(bytes.subarray(0, 40).toString("latin1"))!.map(Number);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const from = bytes.length - 3 * width * height;
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[4 * i + c] = bytes[from + 3 * i + c];
  return { data, width, height };
}

test("the paper becomes white, print and colours stay, as in Python", { timeout: 240_000 }, async () => {
  const module = await WebAssembly.compile(readFileSync(join(__dirname, "../runtime/runtime.wasm")));
  const nets = await Nets.open(join(MODELS, "en"), runtimeLoader(module), () => undefined, async (path) => Uint8Array.from(readFileSync(path)), []);
  const { pixels } = nets.pipeline.models.whiten!.metadata.settings as { pixels: number };
  const [page, wanted] = [ppm("shadowed"), ppm("whitened")];
  expect(page.width * page.height).toBeGreaterThan(pixels);
  const found = await whitenedByNet(page, pixels, (planes, width, height) => nets.whiten(planes, width, height));
  let [off, far, shadow] = [0, 0, 0];
  for (let i = 0; i < found.data.length; i++) {
    const away = Math.abs(found.data[i] - wanted.data[i]);
    off += away;
    if (away > 24) far++;
    if (i % 4 < 3 && page.data[i] < 160 && wanted.data[i] > 235 && found.data[i] < 225) shadow++;
  }
  expect(off / found.data.length).toBeLessThan(3);
  expect(far / found.data.length).toBeLessThan(0.01);
  expect(shadow / found.data.length).toBeLessThan(0.002);
});
