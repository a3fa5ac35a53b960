/** Where a page ends, and where only its print does. */

import { expect, test } from "vitest";
import type { Colour, Quad } from "../src/pixels/image";
import { showsEdge } from "../src/scanning/corners";

const [WIDTH, HEIGHT] = [900, 400];
/** Around three lines of print, and through the letters at their end. */
const PRINT: Quad = [[40, 60], [500, 60], [500, 175], [40, 175]];

/** A picture of one tone with three lines of letters. */
function printed(paper: number): Colour {
  const data = new Uint8ClampedArray(4 * WIDTH * HEIGHT).fill(paper);
  const dot = (x: number, y: number): void => void data.fill(20, 4 * (y * WIDTH + x), 4 * (y * WIDTH + x) + 3);
  for (const top of [70, 110, 150]) for (let y = top; y < top + 24; y++) for (let x = 50; x < 510; x++) if (x % 16 < 10) dot(x, y);
  return { data, width: WIDTH, height: HEIGHT };
}

test("paper that goes on beyond the print has no edge there, though its letters are cut", () => {
  expect(showsEdge(printed(255), PRINT)).toBe(false);
  expect(showsEdge(printed(180), PRINT)).toBe(false);
});

test("a page on a table has an edge", () => {
  const photo = printed(250);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) if (y < 60 || y >= 175 || x < 40 || x >= 500) photo.data.fill(120, 4 * (y * WIDTH + x), 4 * (y * WIDTH + x) + 3);
  expect(showsEdge(photo, PRINT)).toBe(true);
});
